"""How long searches and answers take, stage by stage and day by day."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from hone.database import Database
from hone.log.asks import ASKS
from hone.log.rows import SEARCHES, stamp

NEWEST = 20_000  # of each kind, which is as good for a percentile as all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage, in milliseconds."""

    name: str
    count: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All of one day, in milliseconds."""

    day: date
    count: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTimes:
    """How long one kind of thing took."""

    stages: tuple[Stage, ...]  # in the order they happen; `total` is the last
    days: tuple[Day, ...]

    @property
    def total(self) -> Stage | None:
        return next((stage for stage in self.stages if stage.name == "total"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllTimes:
    """Searches and answers; an answer's searches are among the searches."""

    searches: StageTimes
    answers: StageTimes


def paces_since(database: Database, since: datetime) -> AllTimes:
    """Measure what the log has since a moment."""
    searches = sa.select(SEARCHES.c.timestamp, SEARCHES.c.took_ms).where(
        SEARCHES.c.timestamp >= stamp(since), ~SEARCHES.c.imported
    )
    asks = sa.select(ASKS.c.timestamp, ASKS.c.took_ms).where(ASKS.c.timestamp >= stamp(since))
    with database.read() as connection:
        found = [
            connection.execute(query.order_by(sa.desc("timestamp")).limit(NEWEST)).all() for query in (searches, asks)
        ]
    return AllTimes(searches=_pace(found[0]), answers=_pace(found[1]))


def _pace(rows: Iterable[sa.Row[*tuple[Any, ...]]]) -> StageTimes:
    stages, days = defaultdict[str, list[float]](list), defaultdict[date, list[float]](list)
    for row in rows:
        moment, took = str(row[0]), str(row[1])
        for stage, milliseconds in json.loads(took).items():
            stages[stage].append(milliseconds)
            if stage == "total":
                days[datetime.fromisoformat(moment).date()].append(milliseconds)
    ordered = sorted(stages, key=lambda name: name == "total")  # the others came in their order
    return StageTimes(
        stages=tuple(Stage(name=name, count=len(stages[name]), **_percentiles(stages[name])) for name in ordered),
        days=tuple(Day(day=day, count=len(days[day]), **_percentiles(days[day])) for day in sorted(days)),
    )


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(values, (50, 95))
    return {"p50": float(p50), "p95": float(p95)}
