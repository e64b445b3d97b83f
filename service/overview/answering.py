"""How searches and answers do: how long each stage takes, and what did not work."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from agents.llm.client import Llm
from hone.database import Database
from hone.errors import masked
from hone.log.asks import ASKS, STOPPED
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that did not work."""

    stage: str
    what: str
    instead: str
    count: int
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """Everything that did not work since a moment."""

    answers: int  # all that were given
    degraded: int  # of these
    troubles: tuple[Trouble, ...]  # most frequent first


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmState:
    """What is known of the LLM; without a name there is none."""

    name: str = ""
    address: str = ""
    mode: str = ""
    first_token_ms: float | None = None
    tokens_per_second: float | None = None
    checked: str = ""
    denied: Mapping[str, str] = field(default_factory=dict[str, str])  # what it may not do here, and why


def troubles_since(database: Database, since: datetime) -> Troubles:
    """Count what did not work, by what it was."""
    recent = ASKS.c.timestamp >= stamp(since)
    asks = sa.select(ASKS.c.timestamp, ASKS.c.degraded).where(recent, ASKS.c.degraded != "[]")
    notices = sa.select(SEARCHES.c.timestamp, SEARCHES.c.notices).where(
        SEARCHES.c.timestamp >= stamp(since), SEARCHES.c.notices != "[]"
    )
    seen = defaultdict[tuple[str, str, str], list[datetime]](list)
    with database.read() as connection:
        answers = connection.execute(sa.select(sa.func.count()).select_from(ASKS).where(recent)).scalar_one()
        degraded = connection.execute(asks.order_by(ASKS.c.timestamp.desc()).limit(NEWEST)).all()
        noticed = connection.execute(notices.order_by(SEARCHES.c.timestamp.desc()).limit(NEWEST)).all()
    found_wanting = 0
    for at, found in degraded:
        items = [item for item in json.loads(found) if item != STOPPED]  # that was the asker's wish
        found_wanting += bool(items)
        for item in items:
            seen[item["stage"], item["what"], item["instead"]].append(datetime.fromisoformat(at))
    for at, found in noticed:
        for notice in json.loads(found):
            seen["search", notice, "searched all the same"].append(datetime.fromisoformat(at))
    troubles = [
        Trouble(stage=stage, what=what, instead=instead, count=len(times), last=max(times))
        for (stage, what, instead), times in seen.items()
    ]
    return Troubles(
        answers=answers,
        degraded=found_wanting,
        troubles=tuple(sorted(troubles, key=lambda item: (-item.count, item.stage, item.what))),
    )


def llm_state(llm: Llm | None) -> LlmState:
    """Describe what is known of the LLM."""
    if llm is None:
        return LlmState()
    known = llm.capabilities.known
    return LlmState(
        name=llm.name,
        address=masked(llm.settings.base_url),
        mode=known.mode or "",
        first_token_ms=known.first_token_ms,
        tokens_per_second=known.tokens_per_second,
        checked=known.checked,
        denied={str(role): why for role, why in known.denied.items()},
    )
