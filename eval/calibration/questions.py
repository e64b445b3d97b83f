"""Questions of which somebody knows whether the documents answer them, read from a file of JSON lines."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.records import Turn
from eval.calibration.fit import FEWEST
from eval.data.problems import Problems
from hone.errors import UsageError
from hone.records import Asker
from hone.settings import Settings, asker_of

EXAMPLE = '{"id": "q1", "question": "…", "asker": "ana", "answerable": true, "history": [["user", "…"]]}'


class _LabelledLine(BaseModel):
    """What is wanted of a line; files of questions say more, which is no fault."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(min_length=1)
    question: str = Field(pattern=r"\S")
    answerable: bool
    asker: str = ""
    history: list[Annotated[tuple[Literal["user", "assistant"], str], Field(strict=False)]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledQuestion:
    """A question with who asks, what was said before, and whether it has an answer that they may read."""

    id: str
    turns: tuple[Turn, ...]
    asker: Asker
    answerable: bool


def read_labelled(file: Path, settings: Settings) -> tuple[LabelledQuestion, ...]:
    """Read a file of labelled questions, or say everything that is wrong with it at once."""
    problems = Problems(where=file, expected=f"Each line: {EXAMPLE}")
    found: dict[str, LabelledQuestion] = {}
    for number, line in problems.lines(file):
        try:
            one = _read(line, settings)
        except ValidationError as error:
            problems.add_all(number, error)
        except UsageError as error:
            problems.add(number, error.message)
        else:
            if one.id in found:
                problems.add(number, f"the id {one.id!r} is on an earlier line too")
            found[one.id] = one
    for kind, words in ((True, "with an answer"), (False, "that no document answers")):
        count = sum(one.answerable is kind for one in found.values())
        if count < FEWEST:
            problems.add_to_file(f"{count} questions {words}; fitting needs at least {FEWEST}")
    problems.refuse()
    return tuple(found.values())


def _read(line: str, settings: Settings) -> LabelledQuestion:
    read = _LabelledLine.model_validate_json(line)
    before = [Turn(role=role, text=text) for role, text in read.history]
    return LabelledQuestion(
        id=read.id,
        turns=(*before, Turn(role="user", text=read.question)),
        asker=asker_of(settings, read.asker),
        answerable=read.answerable,
    )
