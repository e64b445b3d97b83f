"""One question's scores, as runs keep them: a line of `scores.jsonl`."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.runs import EvalRun
from hone.errors import HoneError, UsageError


class ScoredQuestion(BaseModel):
    """What every run says of a question; runs of some kinds say more, which whoever compares does not need."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: str
    text: str
    scores: dict[str, dict[str, float | None]]  # by system and measure; null where it could not be scored
    slices: dict[str, str] = Field(default_factory=dict[str, str])


Line = TypeVar("Line", bound=ScoredQuestion)


class RetrievedQuestion(ScoredQuestion):
    """What a run of retrieval says: what should have been found, and what was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asker: str = ""
    gold: dict[str, float]  # under the library's ids; empty: nothing answers it, and it is not scored
    lacking: tuple[str, ...] = ()  # gold that the library has not
    forbidden: tuple[str, ...] = ()  # gold that the asker may not read
    top: dict[str, list[str]]  # by system, the first that were found
    titles: dict[str, str] = Field(default_factory=dict[str, str])  # of what is named above, where there is one


def read_scores(run: EvalRun, kind: type[Line]) -> list[Line]:
    """Read the lines of a run."""
    try:
        return [kind.model_validate_json(line) for line in run.lines()]
    except ValidationError as error:
        raise HoneError(
            f"The scores of run {run.id} can't be read: {error.errors()[0]['msg']}.",
            hint="The run is of another kind, or from another release. See its result: hone evaluate show " + run.id,
        ) from error


def measures_of(run: EvalRun) -> list[str]:
    """List the measures of a run's first system, in its order."""
    first = next((line for line in read_scores(run, ScoredQuestion) if line.scores), None)
    if first is None:
        raise HoneError(f"Run {run.id} has no scores.", hint=f"See what it has: hone evaluate show {run.id}")
    return list(next(iter(first.scores.values())))


def systems_of(run: EvalRun) -> list[str]:
    """List the systems that a run scored, in its order."""
    names: dict[str, None] = {}
    for line in read_scores(run, ScoredQuestion):
        names.update(dict.fromkeys(line.scores))
    return list(names)


def scores_of(run: EvalRun, system: str, measure: str) -> Mapping[str, tuple[str, float]]:
    """Return text and score by question, for those that have a score."""
    lines = read_scores(run, ScoredQuestion)
    known = {name: list(scores) for line in lines for name, scores in line.scores.items()}
    if not known:
        raise HoneError(f"Run {run.id} has no scores.", hint=f"See what it has: hone evaluate show {run.id}")
    if system not in known:
        raise UsageError(f"Run {run.id} has no system {system!r}.", hint=f"Choose from: {', '.join(known)}.")
    if measure not in known[system]:
        raise UsageError(
            f"Run {run.id} has no {measure} of {system}.", hint=f"Choose from: {', '.join(known[system])}."
        )
    found = ((line.id, line.text, line.scores.get(system, {}).get(measure)) for line in lines)
    return {name: (text, score) for name, text, score in found if score is not None}
