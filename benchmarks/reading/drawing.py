"""Which answers are read: the same questions of every version, drawn by seed and shuffled."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.worlds.answers import KeptAnswer, read_answers

Answers = Mapping[tuple[str, str], KeptAnswer]  # by world and question
SHORT = 10  # characters of a hash that name an answer: too few to be mixed up among some thousands


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An answer to be read, under a name that says nothing of where it comes from."""

    name: str
    answer: KeptAnswer
    versions: tuple[str, ...]  # all that gave this very answer


def read_versions(paths: Sequence[Path], worlds: Collection[str]) -> dict[str, Answers]:
    """Read answers by version, which is the name of the folder that a file stands in."""
    versions: dict[str, dict[tuple[str, str], KeptAnswer]] = {}
    for path in paths:
        files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        for file in files:
            kept = versions.setdefault(file.resolve().parent.name, {})
            kept |= {(item.world, item.id): item for item in read_answers(file) if not worlds or item.world in worlds}
    return dict(versions)


def draw(versions: Mapping[str, Answers], count: int, seed: int) -> list[Drawn]:
    """Draw questions that every version answered; an answer that several gave is read once."""
    common = set[tuple[str, str]].intersection(*(set(answers) for answers in versions.values()))
    questions = sorted(common, key=lambda key: _lot(seed, *key))[:count]
    found = list(_told_apart(versions, questions))
    return sorted(found, key=lambda item: _lot(seed, item.name))


def name_of(answer: KeptAnswer) -> str:
    """Name an answer by what its reader sees, so that it keeps its grade for as long as it stays the same."""
    seen = [
        answer.world,
        answer.id,
        answer.verdict,
        answer.text,
        [[item.title, item.quote] for item in answer.citations],
        [[item.title, item.text] for item in answer.closest],
    ]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:SHORT]


def _told_apart(versions: Mapping[str, Answers], questions: Sequence[tuple[str, str]]) -> Iterator[Drawn]:
    for question in questions:
        given: dict[str, list[str]] = {}
        for version, answers in versions.items():
            given.setdefault(name_of(answers[question]), []).append(version)
        for name, gave in given.items():
            yield Drawn(name=name, answer=versions[gave[0]][question], versions=tuple(gave))


def _lot(seed: int, *names: str) -> str:
    return hashlib.sha256(json.dumps([seed, *names]).encode()).hexdigest()
