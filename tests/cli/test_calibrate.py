"""`hone calibrate`, as people use it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.sources.sync import sync
from tests.agents.workplace import DOCUMENTS, TOML, write
from tests.eval.calibration.labelled_questions import lines, written

Hone = Callable[..., Any]


@pytest.fixture
def indexed(hone: Hone, home: Path) -> Hone:
    write(home.parent, DOCUMENTS)
    (home / "hone.toml").write_text(f'{TOML}[encoder]\nmodel = "hash"\n', encoding="utf-8")
    workspace = Workspace(read_settings(home))
    sync(workspace, [], Silent(), wait=0)
    workspace.close()
    return hone


def test_it_tells_what_it_learned_and_keeps_it(indexed: Hone, home: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "questions.jsonl", lines())
    said = indexed("calibrate", file)
    assert (said.code, said.err) == (0, "")
    for part in ("24 questions measured, 12 of them without an answer", "AUROC", "best passage's score", "Without an"):
        assert part in said.out
    (kept,) = (home / "calibrations").iterdir()
    assert kept.name in said.out.replace("\n", "")
    assert json.loads(kept.read_text())["questions"] == 24
    told = indexed("calibrate", file, "--json").json
    assert (told["questions"], told["file"]) == (24, str(kept))
    assert told["auroc"] > told["risks"]["1.0"] == 0.5
    assert indexed("ask", "How often is the VPN password changed?", "--as", "ana").code == 0


def test_a_wrong_file_is_refused_with_all_that_is_wrong(indexed: Hone, home: Path, tmp_path: Path) -> None:
    rows = lines()[:12]
    rows[3]["asker"] = "nobody-known"
    rows[7].pop("id")
    said = indexed("calibrate", written(tmp_path / "wrong.jsonl", rows))
    assert said.code == 2
    for part in ("3 problems in", "line 4", "line 8: id", "0 questions that no document answers", "→"):
        assert part in said.err
    assert indexed("calibrate", tmp_path / "none.jsonl").code == 2
    assert not (home / "calibrations").exists()


def test_where_nothing_is_indexed_it_says_what_to_do(hone: Hone, home: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "questions.jsonl", [{**row, "asker": ""} for row in lines()])
    assert hone("calibrate", file).code == 2
    Workspace(read_settings(home)).database.close()
    said = hone("calibrate", file)
    assert (said.code, "Nothing is indexed" in said.err, "hone documents add" in said.err) == (1, True, True)
