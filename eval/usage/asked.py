"""What was asked in a time, and what people did next, read from the log without its long columns."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from agents.run import was_stopped
from eval.usage.rewording import reworded
from hone.database import Database
from hone.log.rows import EVENTS, SEARCHES, stamp
from hone.records import EVERYONE

USED = frozenset({"click", "open", "copy", "relevant", "thumb_up"})  # what shows that something was of use
STILL = timedelta(minutes=10)  # after a question, somebody may still be about to use what it gave
SOON = timedelta(hours=1)  # a use beyond it is another visit, and its time says nothing of the search

_ASKS = sa.table(
    "asks",
    *(sa.column(name, sa.Text) for name in ("ask_id", "client_id", "question", "timestamp", "verdict")),
    *(sa.column(name, sa.Text) for name in ("searches", "evidence", "model", "generation", "llm", "degraded")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of one person, put to the assistant or to the plain search, and what became of it."""

    id: str
    person: str  # empty: nobody in particular
    question: str
    at: datetime
    groups: frozenset[str]
    model: str
    generation: str
    llm: str = ""
    nothing: bool  # nothing was shown
    answered: bool = False  # by a whole answer, which may be all that anybody wanted
    used_after: float | None = None  # seconds until something was first used; none: nothing was
    refused: bool = False  # a thumb down
    reworded: bool = False  # put in other words by the same person soon after

    @property
    def good(self) -> bool:
        """Tell whether what people did says that it went well."""
        return self.used_after is not None and not self.refused and not self.reworded

    @property
    def abandoned(self) -> bool:
        """Tell whether it was left with something to look at, and nobody looked."""
        silent = self.used_after is None and not self.refused and not self.reworded
        return silent and not self.nothing and not self.answered

    @property
    def whose(self) -> str:
        """Name whom it belongs with when people are drawn: nobody in particular is a stranger each time."""
        return self.person or f"?{self.id}"


@dataclass(slots=True, kw_only=True)
class _Done:
    """What was done after a search or an ask."""

    actions: set[str] = field(default_factory=set[str])
    used: str = "~"  # when something was first used; sorts behind every moment

    def take(self, action: str, at: str) -> None:
        self.actions.add(action)
        if action in USED:
            self.used = min(self.used, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedInTime:
    """All that was asked in a time, oldest first."""

    questions: tuple[Asked, ...]
    fresh: int  # too young to say how they went
    imported: int  # searches of another system, left out


def read_asked(database: Database, since: datetime, now: datetime) -> AskedInTime:
    """Read what was asked from one moment to another."""
    with database.read() as connection:
        searches, asks = _events(connection, since)
        found, inside = _asks(connection, since, now, asks, searches)
        found += _searches(connection, since, now, inside, searches)
        imported = sa.select(sa.func.count()).where(SEARCHES.c.imported, SEARCHES.c.timestamp >= stamp(since))
        others = connection.execute(imported.select_from(SEARCHES)).scalar_one()
    found.sort(key=lambda item: (item.at, item.id))
    again = reworded(found)
    judged = [replace(item, reworded=True) if place in again else item for place, item in enumerate(found)]
    settled = tuple(item for item in judged if now - item.at >= STILL)
    return AskedInTime(questions=settled, fresh=len(judged) - len(settled), imported=others)


def _events(connection: sa.Connection, since: datetime) -> tuple[Mapping[str, _Done], Mapping[str, _Done]]:
    """Gather what was done, by search and by ask."""
    searches, asks = defaultdict[str, _Done](_Done), defaultdict[str, _Done](_Done)
    columns = (EVENTS.c.query_id, EVENTS.c.action_name, EVENTS.c.timestamp, EVENTS.c.event_attributes)
    for search, action, at, attributes in connection.execute(
        sa.select(*columns).where(EVENTS.c.timestamp >= stamp(since), ~EVENTS.c.imported)
    ):
        ask = str(json.loads(attributes).get("ask_id", "")) if '"ask_id"' in attributes else ""
        (asks[ask] if ask else searches[search]).take(action, at)
    return searches, asks


def _asks(
    connection: sa.Connection,
    since: datetime,
    now: datetime,
    asks: Mapping[str, _Done],
    searches: Mapping[str, _Done],
) -> tuple[list[Asked], set[str]]:
    """Give the asks, and the searches that were made for them."""
    found, inside, first = list[Asked](), set[str](), dict[str, str]()
    low, high = (moment.astimezone(UTC).isoformat() for moment in (since, now))
    for row in connection.execute(sa.select(_ASKS).where(_ASKS.c.timestamp >= low, _ASKS.c.timestamp <= high)):
        own = [str(search["search_id"]) for search in json.loads(row.searches) if "search_id" in search]
        inside.update(own)
        if own:
            first[row.ask_id] = own[0]
        done = [asks[row.ask_id]] if row.ask_id in asks else []
        made = Asked(
            id=row.ask_id,
            person=row.client_id,
            question=row.question,
            at=_moment(row.timestamp),
            groups=frozenset(),
            model=row.model,
            generation=row.generation,
            llm=row.llm,
            nothing=not was_stopped(row.degraded) and (row.evidence == "[]" or row.verdict == "insufficient"),
            answered=row.verdict == "sufficient",
        )
        found.append(_with(made, [*done, *(searches[name] for name in own if name in searches)]))
    groups = _groups(connection, set(first.values()))
    return [replace(item, groups=groups.get(first.get(item.id, ""), frozenset())) for item in found], inside


def _searches(
    connection: sa.Connection, since: datetime, now: datetime, inside: set[str], done: Mapping[str, _Done]
) -> list[Asked]:
    columns = (SEARCHES.c.query_id, SEARCHES.c.client_id, SEARCHES.c.user_query, SEARCHES.c.timestamp)
    more = (SEARCHES.c.groups, SEARCHES.c.model, SEARCHES.c.generation)
    empty = (SEARCHES.c.query_response_hit_ids == "[]").label("empty")
    query = sa.select(*columns, *more, empty).where(
        SEARCHES.c.timestamp >= stamp(since), SEARCHES.c.timestamp <= stamp(now), ~SEARCHES.c.imported
    )
    sets: dict[str, frozenset[str]] = {}  # few sets of groups stand in many rows
    found = list[Asked]()
    for row in connection.execute(query):
        if row.query_id in inside:
            continue
        if row.groups not in sets:
            sets[row.groups] = frozenset(json.loads(row.groups))
        made = Asked(
            id=row.query_id,
            person=row.client_id,
            question=row.user_query,
            at=_moment(row.timestamp),
            groups=sets[row.groups],
            model=row.model,
            generation=row.generation,
            nothing=bool(row.empty),
        )
        found.append(_with(made, [done[row.query_id]] if row.query_id in done else ()))
    return found


def _with(asked: Asked, done: Iterable[_Done]) -> Asked:
    """Add what was done to a question."""
    every = list(done)
    if not every:
        return asked
    actions, used = set[str]().union(*(item.actions for item in every)), min(item.used for item in every)
    seconds = (_moment(used) - asked.at).total_seconds() if used != "~" else None
    return replace(
        asked,
        used_after=None if seconds is None else max(seconds, 0.0),
        refused="thumb_down" in actions,
        reworded="reformulate" in actions,
    )


def _groups(connection: sa.Connection, ids: set[str]) -> dict[str, frozenset[str]]:
    wanted, found = sorted(ids), dict[str, frozenset[str]]()
    for start in range(0, len(wanted), 500):
        query = sa.select(SEARCHES.c.query_id, SEARCHES.c.groups)
        rows = connection.execute(query.where(SEARCHES.c.query_id.in_(wanted[start : start + 500])))
        found.update((name, frozenset(json.loads(groups))) for name, groups in rows)
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def teams(asked: Asked) -> frozenset[str]:
    """Give the groups that tell people apart; those who are in none are in the one that everyone is in."""
    return (asked.groups - {EVERYONE}) or frozenset({EVERYONE})
