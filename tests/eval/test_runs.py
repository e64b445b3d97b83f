"""Runs on the disk: found again, gone on with, and never taken for finished when they are not."""

import json
from pathlib import Path

import pytest

from eval.runs import SCORES, SETTINGS, SUMMARY, EvalRun, begin, code_version, find_run, list_runs, to_json
from eval.statistics import NOTHING
from hone.errors import HoneError, UsageError

WITH = {"questions": "q.jsonl", "seed": 7}


def test_a_run_is_finished_by_its_summary(tmp_path: Path) -> None:
    with begin(tmp_path, "retrieval", WITH) as run:
        run.append(['{"id": "a"}', '{"id": "b"}'])
        assert not run.finished
        with pytest.raises(HoneError, match="interrupted"):
            run.summary()
        run.finish({"mean": 0.5}, "# so", "<html>")
    assert run.finished
    assert run.summary() == {"mean": 0.5}
    assert [json.loads(line)["id"] for line in run.lines()] == ["a", "b"]
    settings = run.settings()
    assert (settings["kind"], settings["questions"], settings["code"]) == ("retrieval", "q.jsonl", code_version())
    assert {file.name for file in run.folder.iterdir()} == {SETTINGS, SCORES, SUMMARY, "summary.md", "report.html"}


def test_an_interrupted_run_goes_on_without_its_half_line(tmp_path: Path) -> None:
    with begin(tmp_path, "retrieval", WITH) as first:
        first.append(['{"id": "a"}'])
    with (first.folder / SCORES).open("a") as file:
        file.write('{"id": "b", "sco')
    assert len(list(first.lines())) == 1
    with begin(tmp_path, "retrieval", WITH) as second:
        assert second == first
        second.append(['{"id": "b"}'])
        second.finish({}, "", "")
    assert [json.loads(line)["id"] for line in second.lines()] == ["a", "b"]
    with begin(tmp_path, "retrieval", WITH) as third:
        assert third != first, "a finished run is left alone"


@pytest.mark.parametrize("other", [{**WITH, "seed": 8}, {"questions": "q.jsonl"}])
def test_other_settings_are_another_run(tmp_path: Path, other: dict[str, object]) -> None:
    with begin(tmp_path, "retrieval", WITH) as first:
        pass
    with begin(tmp_path, "retrieval", other) as second:
        assert second != first
    with begin(tmp_path, "answers", WITH) as third:
        assert third not in (first, second)


def test_two_at_once_do_not_share_a_run(tmp_path: Path) -> None:
    with begin(tmp_path, "retrieval", WITH) as one, begin(tmp_path, "retrieval", WITH) as other:
        assert one != other


def test_runs_are_found_by_the_beginning_of_their_id(tmp_path: Path) -> None:
    assert list_runs(tmp_path) == []
    with begin(tmp_path, "retrieval", WITH) as run:
        run.finish({}, "", "")
    with begin(tmp_path, "retrieval", WITH) as unfinished:
        pass
    assert set(list_runs(tmp_path)) == {run, unfinished}
    assert find_run(tmp_path, "latest") == run
    assert find_run(tmp_path, run.id) == run
    (tmp_path / "runs" / "x1").mkdir()
    (tmp_path / "runs" / "x1" / SETTINGS).write_text("{}")
    assert find_run(tmp_path, "x") == EvalRun(folder=tmp_path / "runs" / "x1")
    for name in ("2", "nothing", ""):
        with pytest.raises(UsageError, match=r"runs begin with|no run"):
            find_run(tmp_path, name)


def test_json_has_no_word_for_what_is_not_a_number() -> None:
    assert json.loads(to_json({"a": NOTHING, "b": [float("inf"), 1.5], "c": frozenset({"x"}), "d": Path("y")})) == {
        "a": {"mean": None, "low": None, "high": None},
        "b": [None, 1.5],
        "c": ["x"],
        "d": "y",
    }
