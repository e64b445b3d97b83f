"""Grades of answers: read in, kept a line each, and counted by version."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.reading.drawing import Drawn
from benchmarks.worlds.answers import KeptAnswer

MEANINGS = ("wrong or misleading", "partly right", "right but noisy", "right, complete and readable")
GOOD = 2  # grades from here on are useful answers
_GIVEN = re.compile(r"(?P<name>[0-9a-f]+)\s+(?P<grade>[0-3])\s+(?P<reason>\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What a reader thought of one answer, and why."""

    name: str  # of the answer
    world: str
    id: str
    grade: int
    reason: str
    when: str


def grade_of(answer: KeptAnswer, name: str, grade: int, reason: str) -> Grade:
    """Grade an answer now."""
    when = datetime.now(UTC).isoformat(timespec="seconds")
    return Grade(name=name, world=answer.world, id=answer.id, grade=grade, reason=reason.strip(), when=when)


def read_grades(file: Path) -> dict[str, Grade]:
    """Read the grades by answer; the last one given counts."""
    if not file.exists():
        return {}
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return {row["name"]: Grade(**row) for row in rows}


def keep_grades(file: Path, grades: Sequence[Grade]) -> None:
    """Add grades to those that are kept."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        out.writelines(f"{json.dumps(asdict(grade), ensure_ascii=False)}\n" for grade in grades)


def grades_given(lines: Sequence[str], drawn: Sequence[Drawn]) -> tuple[list[Grade], list[str]]:
    """Read lines of an answer's name, a grade and a reason; with what is wrong with any of them."""
    answers = {item.name: item.answer for item in drawn}
    grades, problems = list[Grade](), list[str]()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        given = _GIVEN.fullmatch(line.strip())
        if given is None:
            problems.append(f"line {number}: {line!r} isn't NAME, a grade 0 to 3 and a reason")
        elif given["name"] not in answers:
            problems.append(f"line {number}: no drawn answer is called {given['name']}")
        else:
            grades.append(grade_of(answers[given["name"]], given["name"], int(given["grade"]), given["reason"]))
    return grades, problems


def report(drawn: Sequence[Drawn], grades: Mapping[str, Grade]) -> str:
    """Count the grades of each version, by world and kind."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in drawn:
        for version in item.versions:
            for group in ("all", item.answer.world, f"{item.answer.world}, {item.answer.kind}"):
                groups[version, group].append(item.name)
    heads = f"{'version':<12} {'world, kind':<24} {'n':>4} {'0':>4} {'1':>4} {'2':>4} {'3':>4}  good   wrong  not read"
    return "\n".join([heads, *_rows(groups, grades), *(f"{mark}: {what}" for mark, what in enumerate(MEANINGS))])


def _rows(groups: Mapping[tuple[str, str], Collection[str]], grades: Mapping[str, Grade]) -> Iterator[str]:
    for (version, group), names in sorted(groups.items(), key=lambda item: (item[0][1] != "all", *item[0][::-1])):
        counts = Counter(grades[name].grade for name in names if name in grades)
        read = counts.total()
        good = sum(counts[mark] for mark in range(GOOD, len(MEANINGS)))
        shares = f"{good / read:6.1%} {counts[0] / read:6.1%}" if read else f"{'–':>6} {'–':>6}"
        marks = " ".join(f"{counts[mark]:>4}" for mark in range(len(MEANINGS)))
        yield f"{version:<12} {group:<24} {len(names):>4} {marks}  {shares}  {len(names) - read:>8}"
