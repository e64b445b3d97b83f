"""What did not work while answers were made, and how the LLM is doing."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from agents.llm.client import Llm
from hone.database import Database
from hone.errors import masked
from hone.log.asks import ASKS, STOPPED
from hone.log.rows import SEARCHES, stamp

NEWEST = 20_000


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
    )
