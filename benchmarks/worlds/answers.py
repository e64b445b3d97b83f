"""What came of each question, kept a line each: to be measured, and to be read."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Line):
    """One thing that was said before."""

    role: str
    text: str


class Quoted(_Line):
    """A quote that an answer shows, and where it stands."""

    number: int
    document: str
    title: str
    quote: str


class Shown(_Line):
    """A passage that was given to the answerer, or shown as one of the closest."""

    document: str
    title: str
    text: str


class KeptAnswer(_Line):
    """A question, what is known about it, and what the product did with it."""

    world: str
    id: str
    kind: str
    question: str
    asker: str = ""
    history: tuple[Said, ...] = ()
    answerable: bool | None = None
    reference: str = ""
    quotes: tuple[str, ...] = ()  # words that answer, verbatim
    gold: tuple[str, ...] = ()  # documents that are needed
    also_ok: tuple[str, ...] = ()  # documents that answer too
    searched: tuple[str, ...] = ()  # documents, as a search for the question as typed ranks them
    evidence: tuple[Shown, ...] = ()  # passages in the order that the ask left
    verdict: str
    probability: float | None = None  # none: nothing was judged
    signals: Mapping[str, float] = {}
    text: str
    citations: tuple[Quoted, ...] = ()
    closest: tuple[Shown, ...] = ()
    may_mean: tuple[str, ...] = ()  # what was offered to ask it with
    llm: str = ""  # the one that was there to plan, judge and write; empty: none
    search_seconds: float = 0.0
    ask_seconds: float = 0.0


def write_answers(file: Path, answers: Iterable[KeptAnswer], *, after: bool = False) -> None:
    """Write answers, each as it comes and a line each; `after` what the file holds, or instead of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a" if after else "w", encoding="utf-8") as out:
        for item in answers:
            out.write(f"{json.dumps(item.model_dump(mode='json'), ensure_ascii=False)}\n")
            out.flush()


def read_answers(file: Path) -> list[KeptAnswer]:
    """Read answers that were kept, if there are any."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8") as lines:
        return [KeptAnswer.model_validate_json(line) for line in lines]
