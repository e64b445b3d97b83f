"""Questions with what is known about their answers: mtrag's, the sample's and covid-qa's."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agents.records import Turn
from hone.records import Asker
from hone.settings import asker_of, read_settings
from sample import QUESTIONS, copy_to

Kind = Literal["ANSWERABLE", "UNANSWERABLE", "PARTIAL", "UNDERSPECIFIED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with what is known about its answer."""

    id: str
    turns: tuple[Turn, ...]
    asker: Asker
    reference: str
    kind: Kind
    tags: frozenset[str] = frozenset()

    @property
    def half(self) -> int:
        """Say which half of its set it is in, by a hash of its id."""
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % 2


def mtrag(data: Path) -> Iterator[Asked]:
    """Read mtrag's tasks with their conversations."""
    for row in _rows(data / "mtrag" / "queries.jsonl"):
        yield Asked(
            id=row["_id"],
            turns=turns_of(row["history"], row["text"]),
            asker=Asker(),
            reference=row["reference"],
            kind=row["answerability"],
        )


def sample(home: Path) -> Iterator[Asked]:
    """Read the sample company's questions, as its people ask them."""
    copy_to(home)
    settings = read_settings(home)
    for row in _rows(QUESTIONS):
        yield Asked(
            id=row["id"],
            turns=turns_of(row["history"], row["question"]),
            asker=asker_of(settings, row["asker"]),
            reference=row["answer"],
            kind="ANSWERABLE" if row["answerable"] else "UNANSWERABLE",
            tags=frozenset(row["tags"]),
        )


def handbook(data: Path, name: str) -> Iterator[Asked]:
    """Read the questions that were written on a handbook."""
    for row in _rows(data / "questions" / name / "questions.jsonl"):
        yield Asked(
            id=row["_id"],
            turns=turns_of(row.get("history", []), row["text"]),
            asker=Asker(),
            reference=row["answer"],
            kind="UNANSWERABLE" if row["kind"] == "none" else "ANSWERABLE",
        )


def covid(data: Path, split: Literal["test", "dev"] = "test") -> Iterator[Asked]:
    """Read covid-qa's questions of a split."""
    lines = (data / "covid-qa" / "qrels" / f"{split}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    chosen = {line.split("\t")[0] for line in lines}
    for row in _rows(data / "covid-qa" / "queries.jsonl"):
        if row["_id"] in chosen:
            turns = turns_of([], row["text"])
            yield Asked(id=row["_id"], turns=turns, asker=Asker(), reference=row["answer"], kind="ANSWERABLE")


def turns_of(history: Sequence[Sequence[str]], text: str) -> tuple[Turn, ...]:
    """Make turns of what was said before and a question."""
    before = [Turn(role="user" if role == "user" else "assistant", text=said) for role, said in history]
    return (*before, Turn(role="user", text=text))


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
