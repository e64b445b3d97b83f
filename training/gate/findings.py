"""What a check came to: sentences, figures, and sometimes how much more it would take."""

from collections.abc import Iterable
from dataclasses import dataclass

from training.gate.verdict import Check, Measured, Regression


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one check says, or all of them together."""

    checks: tuple[Check, ...] = ()
    measures: tuple[Measured, ...] = ()
    slices: tuple[Measured, ...] = ()
    regressions: tuple[Regression, ...] = ()
    needed: int | None = None  # questions that it would take to tell


def finding(name: str, passed: bool, says: str, *measures: Measured) -> Findings:
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
