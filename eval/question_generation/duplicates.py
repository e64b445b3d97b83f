"""Whether a question has been asked before: in the same words, or nearly in the same sense."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.data.problems import Problems
from eval.data.questions import EXPECTED, GoldLine, QuestionLine
from eval.question_generation.records import MadeLine
from hone.errors import UsageError


def kept_in(file: Path) -> list[QuestionLine]:
    """Read the generated questions that a file holds; refuse one in which there is anything else."""
    if not file.parent.is_dir():
        raise UsageError(f"Folder {file.parent} doesn't exist.", hint="Create it, or choose another file with --out.")
    if not file.exists():
        return []
    problems = Problems(where=file, expected=EXPECTED)
    found = [line for _, line in problems.records(file, QuestionLine)]
    problems.refuse()
    if theirs := [line.id for line in found if not line.made_by]:
        raise UsageError(
            f"{len(theirs):,} of the {len(found):,} questions in {file} were written by people, such as {theirs[0]!r}.",
            hint="Generated questions aren't mixed with theirs. Choose another file with --out.",
        )
    return found


def write_made(file: Path, before: Sequence[QuestionLine], made: Sequence[MadeLine]) -> int:
    """Write the questions of before and the new ones, whole or not at all; tell how many are new."""
    known = {line.id for line in before}
    fresh = [line for line in made if line.outcome == "kept" and line.id not in known]
    also = _also(made)
    lines = [*before, *(_written(line, also.get(line.id, {})) for line in fresh)]
    text = "".join(f"{line.model_dump_json(exclude_defaults=True)}\n" for line in lines)
    unfinished = file.with_name(f"{file.name}.unfinished")
    with unfinished.open("w", encoding="utf-8", newline="\n") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(file)
    return len(fresh)


def _also(made: Sequence[MadeLine]) -> Mapping[str, dict[str, str]]:
    """Map each question to all passages that the very same question was made from: they answer it too."""
    texts = {line.id: line.text.casefold() for line in made if line.outcome == "kept"}
    found: dict[str, dict[str, str]] = {}
    for line in made:
        if line.same_as in texts and line.rank is not None and line.text.casefold() == texts[line.same_as]:
            found.setdefault(line.same_as, {})[line.passage] = line.document
    return found


def _written(line: MadeLine, also: Mapping[str, str]) -> QuestionLine:
    others = {name: document for name, document in {**line.twins, **also}.items() if name != line.passage}
    return QuestionLine(
        id=line.id,
        question=line.text,
        asker=line.asker,
        answerable=True,
        tags={"made": line.kind},
        answer=line.answer,
        gold=(
            GoldLine(document=line.document, passage=line.passage, quote=line.quote),
            *(GoldLine(document=document, passage=name) for name, document in others.items()),
        ),
        made_by=line.made_by,
    )


# Of MiniLM, "What is X?" and "What does X mean?" are .93 to .99 alike; "… of tiercel" and "… of falcon" stay below.
ALIKE = 0.95

_WORD = re.compile(r"\w+")
_COMMON = re.compile(r"(?:an?|the|is|are|was|were|do|does|did|i|we|you|my|our|of|to|in|for|on|at)\Z")


class DuplicateFinder:
    """Remembers questions, with a vector for each."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._words: dict[str, str] = {}
        self._vectors: list[NDArray[np.float32]] = []

    def find(self, text: str, vector: NDArray[np.float32]) -> str:
        """Name the question that this one repeats; empty where it is new."""
        if known := self._words.get(_normal(text)):
            return known
        if not self._vectors:
            return ""
        likeness = np.stack(self._vectors) @ vector
        nearest = int(likeness.argmax())
        return self._ids[nearest] if float(likeness[nearest]) >= ALIKE else ""

    def add(self, name: str, text: str, vector: NDArray[np.float32]) -> None:
        """Remember a question."""
        self._ids.append(name)
        self._words.setdefault(_normal(text), name)
        self._vectors.append(vector)

    def add_all(self, names: Sequence[str], texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Remember questions of before."""
        for name, text, vector in zip(names, texts, vectors, strict=True):
            self.add(name, text, vector)


def _normal(text: str) -> str:
    words = _WORD.findall(text.casefold())
    return " ".join([word for word in words if not _COMMON.match(word)] or words)
