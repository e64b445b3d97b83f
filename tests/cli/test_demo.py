"""`hone demo`: from nothing to the sample company, searched and asked through the running app."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Hone = Callable[..., Any]


@pytest.mark.proof
def test_the_demo_serves_the_sample_company_and_asks_it(
    real_hone: Hone, hone: Hone, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "hone.toml").unlink()
    monkeypatch.setenv("HONE_ENCODER__MODEL", "hash")
    first = real_hone("demo")  # it has no terminal, so it stops when it has shown what there is
    assert (first.code, first.err) == (0, "")
    assert "unchanged" in first.out.splitlines()[0]
    assert all(line.split()[-1] == "0" for line in first.out.splitlines()[1:5]), "every document of the company is read"
    assert "Live: g000001" in first.out
    assert "nadia asks" in first.out
    assert "conversation" in first.out, "an answer was given"
    assert "hone demo --serve" in first.out, "the tour was taken to its end"
    assert 'mode = "demo"' in (home / "hone.toml").read_text()
    assert not (home / "serving.json").exists()

    again = hone("demo", "--quiet")
    assert (again.code, again.err) == (0, "")
    assert "Live: g000001" in again.out, "nothing changed, so nothing was built"
    assert hone("index", "verify").code == 0
    answers = [hone("search", "salary bands", "--as", person, "--json").json["hits"] for person in ("nadia", "ingrid")]
    assert not any(hit["source"] == "hr" for hit in answers[0])
    assert any(hit["source"] == "hr" for hit in answers[1])
