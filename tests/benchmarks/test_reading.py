"""Reading answers: drawn by seed, blind, and graded once for as long as an answer stays the same."""

import re
import sys
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.reading.__main__ import main
from benchmarks.reading.drawing import Drawn, draw, name_of, read_versions
from benchmarks.reading.grades import read_grades
from benchmarks.reading.showing import written
from benchmarks.worlds.answers import KeptAnswer, Quoted, write_answers

QUESTIONS = 40
SAME = range(0, QUESTIONS, 4)  # that both versions answer alike


@pytest.fixture
def versions(tmp_path: Path) -> list[Path]:
    """Keep the answers of two versions to the same questions, and of the second to one more."""
    for version in ("before", "after"):
        answers = [
            _answer(str(number), "the same" if number in SAME else f"{number} as {version} says it")
            for number in range(QUESTIONS)
        ]
        extra = [_answer("extra", "only here")] if version == "after" else []
        write_answers(tmp_path / version / "mill.jsonl", answers + extra)
    return [tmp_path / "before", tmp_path / "after"]


def test_the_drawing_is_by_seed_and_of_the_same_questions(versions: list[Path]) -> None:
    drawn = _draw(versions, 7)
    assert [item.name for item in drawn] == [item.name for item in _draw(versions[::-1], 7)]
    assert {item.answer.id for item in drawn} != {item.answer.id for item in _draw(versions, 8)}
    by_version = [{item.answer.id for item in drawn if name in item.versions} for name in ("before", "after")]
    assert by_version[0] == by_version[1]
    assert len(by_version[0]) == 20
    assert "extra" not in by_version[0]


def test_a_reader_cannot_tell_the_versions_apart(versions: list[Path]) -> None:
    drawn = _draw(versions, 7)
    alike = [item for item in drawn if int(item.answer.id) in SAME]
    assert all(item.versions == ("before", "after") for item in alike)
    first = [item.versions[0] for item in drawn if len(item.versions) == 1]
    changes = sum(one != other for one, other in pairwise(first))
    assert changes > 5  # no version comes before the other
    untold = "\n".join(written(item).replace(item.answer.text, "") for item in drawn)
    assert not re.search("before says|after says|/", untold)


def test_what_is_read_is_all_that_decides_an_answers_name() -> None:
    answer = _answer("1", "Behind the mill.")
    again = answer.model_copy(update={"ask_seconds": 9.0, "probability": 0.1, "evidence": ()})
    assert name_of(again) == name_of(answer)
    for field, value in (("text", "In front."), ("verdict", "partial"), ("citations", ())):
        assert name_of(answer.model_copy(update={field: value})) != name_of(answer)


def test_kept_grades_outlive_a_new_version(
    versions: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn, grades, lines = _draw(versions[:1], 7), tmp_path / "grades.jsonl", tmp_path / "lines.txt"
    lines.write_text("".join(f"{item.name} {place % 4} because\n" for place, item in enumerate(drawn)), "utf-8")
    assert _run(monkeypatch, versions[:1], grades, "--grade-from", lines) == 0
    capsys.readouterr()
    assert _run(monkeypatch, versions, grades, "--show") == 0
    shown = capsys.readouterr().out
    unread = [item.name for item in _draw(versions, 7) if item.versions == ("after",)]
    assert re.findall(r"━━ (\w+) ━━", shown) == unread
    assert 0 < len(unread) < 20
    assert _run(monkeypatch, versions, grades, "--report") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["before", "all", "20", "5", "5", "5", "5", "50.0%", "25.0%", "0"] in rows
    assert next(row for row in rows if row[:2] == ["after", "all"])[-1] == str(len(unread))


def test_a_file_with_a_wrong_line_is_not_taken(
    versions: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = _draw(versions, 7)[0].name
    lines, grades = tmp_path / "lines.txt", tmp_path / "grades.jsonl"
    lines.write_text(f"{name} 2 fine\n{name} 4 too good\n{name} 1\nfeed 1 nobody's\n", encoding="utf-8")
    assert _run(monkeypatch, versions, grades, "--grade-from", lines) == 2
    assert re.findall(r"line (\d)", capsys.readouterr().err) == ["2", "3", "4"]
    assert read_grades(grades) == {}


def test_grades_are_taken_one_by_one_until_an_empty_line(
    versions: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grades = tmp_path / "grades.jsonl"
    monkeypatch.setattr(sys, "stdin", StringIO("3 whole\n5 no such grade\n0 wrong page\n\n"))
    assert _run(monkeypatch, versions, grades) == 0
    kept = read_grades(grades)
    assert [kept[item.name].grade for item in _draw(versions, 7)[:2]] == [3, 0]
    assert len(kept) == 2


def _answer(name: str, text: str) -> KeptAnswer:
    quoted = Quoted(number=1, document="mill/parking.md", title="Parking", quote="Visitors park behind the mill.")
    return KeptAnswer(
        world="mill", id=name, kind="single", question="Where?", verdict="sufficient", text=text, citations=(quoted,)
    )


def _draw(paths: list[Path], seed: int) -> list[Drawn]:
    return draw(read_versions(paths, ()), 20, seed)


def _run(monkeypatch: pytest.MonkeyPatch, paths: list[Path], grades: Path, *rest: object) -> int:
    given = [*paths, "--count", 20, "--grades", grades, *rest]
    monkeypatch.setattr(sys, "argv", ["reading", *map(str, given)])
    return main()
