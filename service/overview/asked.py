"""What was asked in a time, and how each question went: the ones that an answer was written for, and plain searches."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Literal

import sqlalchemy as sa

from agents.run import was_stopped
from eval.usage.rewording import reworded
from hone.database import Database
from hone.log.rows import EVENTS, SEARCHES, stamp

Miss = Literal["no_answer", "partial", "conflicting", "nothing_found", "thumb_down", "reworded", "left"]

NEWEST = 10_000  # questions of each kind that are looked at; with 100,000 in the log that takes half a second
READING = timedelta(minutes=10)  # after a search, somebody may still be about to open something
VERDICTS: Mapping[str, Miss] = {"insufficient": "no_answer", "partial": "partial", "conflicting": "conflicting"}

ASKS = sa.table(
    "asks",
    *(sa.column(name, sa.Text) for name in ("ask_id", "client_id", "question", "timestamp", "verdict", "searches")),
    *(sa.column(name, sa.Text) for name in ("degraded", "took_ms", "llm")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question of one person, and what went wrong with it; nothing, if nothing is known to have."""

    id: str  # of the ask, or of the search
    person: str
    question: str
    at: datetime
    misses: frozenset[Miss] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Followed:
    """What people did afterwards: every kind of thing, by search and by ask."""

    searches: Mapping[str, frozenset[str]]
    asks: Mapping[str, frozenset[str]]


def asked_since(database: Database, since: datetime, now: datetime | None = None) -> list[Asked]:
    """Give every question since a moment, oldest first, with what is known to have gone wrong."""
    now = now or datetime.now(UTC)
    with database.read() as connection:
        followed = _followed(connection, since)
        asks, inside = _asks(connection, since, followed)
        searches = _searches(connection, since, followed, inside, now)
    questions = sorted((*asks, *searches), key=lambda asked: asked.at)
    again = reworded(questions)
    return [
        replace(asked, misses=(asked.misses - {"left"}) | {"reworded"}) if place in again else asked
        for place, asked in enumerate(questions)
    ]


def _followed(connection: sa.Connection, since: datetime) -> _Followed:
    columns = (EVENTS.c.query_id, EVENTS.c.action_name, EVENTS.c.event_attributes)
    searches, asks = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for search, action, attributes in connection.execute(sa.select(*columns).where(EVENTS.c.timestamp >= stamp(since))):
        ask = json.loads(attributes).get("ask_id", "") if "ask_id" in attributes else ""
        (asks[ask] if ask else searches[search]).add(action)
    return _Followed(
        searches={key: frozenset(found) for key, found in searches.items()},
        asks={key: frozenset(found) for key, found in asks.items()},
    )


def _asks(connection: sa.Connection, since: datetime, followed: _Followed) -> tuple[list[Asked], frozenset[str]]:
    """Give the asks, and the searches that were made for them."""
    query = sa.select(ASKS).where(ASKS.c.timestamp >= since.astimezone(UTC).isoformat())
    found, inside = list[Asked](), set[str]()
    for row in connection.execute(query.order_by(ASKS.c.timestamp.desc()).limit(NEWEST)):
        own = [search["search_id"] for search in json.loads(row.searches) if "search_id" in search]
        inside.update(own)
        misses = _said(chain(followed.asks.get(row.ask_id, ()), *(followed.searches.get(search, ()) for search in own)))
        if row.verdict in VERDICTS and not was_stopped(row.degraded):
            misses.add(VERDICTS[row.verdict])
        found.append(
            Asked(
                id=row.ask_id,
                person=row.client_id,
                question=row.question,
                at=_moment(row.timestamp),
                misses=frozenset(misses),
            )
        )
    return found, frozenset(inside)


def _searches(
    connection: sa.Connection, since: datetime, followed: _Followed, inside: frozenset[str], now: datetime
) -> list[Asked]:
    empty = (SEARCHES.c.query_response_hit_ids == "[]").label("empty")
    columns = (SEARCHES.c.query_id, SEARCHES.c.client_id, SEARCHES.c.user_query, SEARCHES.c.timestamp, empty)
    query = sa.select(*columns).where(SEARCHES.c.timestamp >= stamp(since))
    found = list[Asked]()
    for row in connection.execute(query.order_by(SEARCHES.c.timestamp.desc()).limit(NEWEST)):
        if row.query_id in inside:
            continue
        at, actions = _moment(row.timestamp), followed.searches.get(row.query_id, frozenset())
        misses = _said(actions)
        if row.empty:
            misses.add("nothing_found")
        elif not actions and now - at > READING:
            misses.add("left")
        found.append(
            Asked(id=row.query_id, person=row.client_id, question=row.user_query, at=at, misses=frozenset(misses))
        )
    return found


def _said(actions: Iterable[str]) -> set[Miss]:
    named: Mapping[str, Miss] = {"thumb_down": "thumb_down", "reformulate": "reworded"}
    return {named[action] for action in actions if action in named}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def missed(asked: Sequence[Asked]) -> list[Asked]:
    """Keep the questions that went wrong."""
    return [item for item in asked if item.misses]
