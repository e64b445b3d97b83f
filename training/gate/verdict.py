"""What the gate said of a candidate: every figure, every check, and the biggest regressions by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

FILE = "verdict.json"

Decision = Literal["refused", "passed", "promoted"]


class _VerdictPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ComparedMeasure(_VerdictPart):
    """One measure, with the model that was live then and with the candidate."""

    name: str
    live: float
    candidate: float
    low: float | None = None  # of the difference's interval
    high: float | None = None
    questions: int | None = None


class Check(_VerdictPart):
    """One thing that was looked at."""

    name: str
    passed: bool
    says: str  # what was found beside what was wanted, in a sentence


class Regression(_VerdictPart):
    """A held-out question that the candidate answers worse."""

    question: str
    before: float
    after: float


class Forced(_VerdictPart):
    """A promotion against what the gate said, or without asking it."""

    by: str  # the account of whoever did it; empty if that is not known any more
    at: datetime
    failed: tuple[str, ...] = ()  # the checks that it went over; none where the gate had not judged


class Verdict(_VerdictPart):
    """What was decided, and everything it rests on."""

    version: str
    model: str  # the candidate, as the registry knows it
    live: str  # the model it was held against
    live_generation: str
    generation: str  # the candidate's index; empty where there was none yet
    decided: datetime
    decision: Decision
    reasons: tuple[str, ...] = ()  # of a refusal, each a sentence; the checks that failed
    checks: tuple[Check, ...] = ()
    measures: tuple[ComparedMeasure, ...] = ()
    slices: tuple[ComparedMeasure, ...] = ()  # nDCG@10 by slice
    regressions: tuple[Regression, ...] = ()  # worst first
    wins: int = 0
    ties: int = 0
    losses: int = 0
    p: float | None = None
    questions: int = 0
    forced: Forced | None = None
    needed: int | None = None  # questions that it would take to tell, where there were too few


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one check says, or all of them together."""

    checks: tuple[Check, ...] = ()
    measures: tuple[ComparedMeasure, ...] = ()
    slices: tuple[ComparedMeasure, ...] = ()
    regressions: tuple[Regression, ...] = ()
    needed: int | None = None  # questions that it would take to tell


def finding(name: str, passed: bool, says: str, *measures: ComparedMeasure) -> Findings:
    """Make the findings of a check that is one sentence."""
    return Findings(checks=(Check(name=name, passed=passed, says=says),), measures=measures)


def together(parts: Iterable[Findings]) -> Findings:
    """Put findings one behind the other."""
    known = list(parts)
    return Findings(
        checks=tuple(check for part in known for check in part.checks),
        measures=tuple(item for part in known for item in part.measures),
        slices=tuple(item for part in known for item in part.slices),
        regressions=tuple(item for part in known for item in part.regressions),
        needed=max((part.needed for part in known if part.needed is not None), default=None),
    )
