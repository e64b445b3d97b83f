"""What training left behind: `models/<version>/manifest.json` and `verdict.json`, as far as pages show them.

Both files have more in them than is read here. One that can't be read is skipped and counted, since a page about
models must not fail for one of them.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

log = logging.getLogger(__name__)

Decision = Literal["promoted", "refused", "undecided"]


class _Sheet(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Outcome(_Sheet):
    """A question that somebody asked, scored with the model before and with this one: 0 is worst, 1 is best."""

    search_id: str
    before: float
    after: float


class Manifest(_Sheet):
    """A model's lineage."""

    model: str  # as the registry knows it
    created: datetime
    training_set: str = ""
    evidence: frozenset[str] = frozenset()  # ids of the events that it learned from
    outcomes: tuple[Outcome, ...] = ()


class Measured(_Sheet):
    """One measure, with the model that was live then and with the candidate."""

    name: str
    live: float
    candidate: float
    low: float | None = None  # of the difference's interval
    high: float | None = None


class Verdict(_Sheet):
    """What the gate said of a candidate."""

    model: str
    decided: datetime
    decision: Decision
    reasons: tuple[str, ...] = ()
    measures: tuple[Measured, ...] = ()


Sheet = TypeVar("Sheet", bound=_Sheet)


def manifests(home: Path) -> Sequence[Manifest]:
    """Read the lineage of every model that was trained here, newest first."""
    return sorted(_all(home, "manifest.json", Manifest), key=lambda found: found.created, reverse=True)


def verdicts(home: Path) -> Sequence[Verdict]:
    """Read what the gate said of every candidate, newest first."""
    return sorted(_all(home, "verdict.json", Verdict), key=lambda found: found.decided, reverse=True)


def unreadable(home: Path) -> Sequence[str]:
    """Name the files that should say something of a model and can't be read."""
    kinds: tuple[tuple[str, type[_Sheet]], ...] = (("manifest.json", Manifest), ("verdict.json", Verdict))
    return [
        file.relative_to(home).as_posix()
        for name, kind in kinds
        for file in sorted((home / "models").glob(f"*/{name}"))
        if _one(file, kind) is None
    ]


def _all(home: Path, name: str, kind: type[Sheet]) -> list[Sheet]:
    read = (_one(file, kind) for file in sorted((home / "models").glob(f"*/{name}")))
    return [sheet for sheet in read if sheet is not None]


def _one(file: Path, kind: type[Sheet]) -> Sheet | None:
    try:
        return kind.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        log.warning("%s can't be read: %s", file, error)
        return None
