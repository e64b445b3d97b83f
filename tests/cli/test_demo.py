"""`hone demo`: from nothing to the sample company, searched."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Hone = Callable[..., Any]


@pytest.mark.slow
def test_the_demo_indexes_the_sample_company_and_searches_it(
    hone: Hone, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "hone.toml").unlink()
    monkeypatch.setenv("HONE_ENCODER__MODEL", "hash")
    first = hone("demo")
    assert (first.code, first.err) == (0, "")
    assert "refused" in first.out.splitlines()[0]
    assert all(line.split()[-1] == "0" for line in first.out.splitlines()[1:5]), "no document of the company is refused"
    assert "Live: g000001" in first.out
    assert "nadia" in first.out

    again = hone("demo", "--quiet")
    assert (again.code, again.err) == (0, "")
    assert "Live: g000001" in again.out, "nothing changed, so nothing was built"
    assert hone("index", "verify").code == 0
    answers = [hone("search", "salary bands", "--as", person, "--json").json["hits"] for person in ("nadia", "ingrid")]
    assert not any(hit["source"] == "hr" for hit in answers[0])
    assert any(hit["source"] == "hr" for hit in answers[1])
