"""The log as training reads it: who asked what, what was shown, answered and done; stages are never loaded."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hone.database import Database
from hone.log.rows import ACTIONS, EVENTS, SEARCHES, shuffle_in
from hone.records import Shuffle
from training.records import Dropped

AHEAD = 2000  # rows
PASSED = frozenset({"quoted", "supported"})  # what the check says of claims that hold
# How likely each place was to be looked at, where the search itself shuffled what it showed: a list by rank.
PROPENSITY = "propensity"

ASKS = sa.table(
    "asks",
    *(sa.column(name, sa.Text) for name in ("ask_id", "client_id", "question", "timestamp", "verdict")),
    *(sa.column(name, sa.Text) for name in ("plan", "searches", "evidence", "claims")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A search and what it showed."""

    id: str
    person: str
    query: str
    at: datetime
    shown: tuple[str, ...]
    documents: tuple[str, ...] = ()  # of what was shown; an import has fewer, or none
    propensity: tuple[float, ...] = ()
    shuffle: Shuffle | None = None  # which neighbours changed places, where a coin was tossed for it

    def document(self, passage: str) -> str:
        """Tell which document a shown passage stood in; empty where the log does not know."""
        return next((name for item, name in zip(self.shown, self.documents, strict=False) if item == passage), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was searched for on the way to an answer."""

    text: str
    search: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that an answer was given to."""

    id: str
    person: str
    question: str  # as understood without the turns before it
    typed: str
    at: datetime
    verdict: str
    parts: tuple[Part, ...]
    given: frozenset[str]  # passages that the answerer had
    cited: Mapping[str, str]  # passages that claims which passed their check stand on → their documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody did."""

    id: str
    action: str
    search: str
    person: str
    object: str
    at: datetime
    ask: str = ""
    rank: int | None = None
    text: str = ""  # the new wording, where a question was put in other words


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """All of a log that training looks at."""

    searches: Mapping[str, Seen]
    asks: Mapping[str, Asked]
    acts: tuple[Act, ...]
    answered: Mapping[str, str] = field(default_factory=dict[str, str])  # searches made for an ask → the ask
    dropped: tuple[Dropped, ...] = ()
    unread: int = 0  # searches and asks of people who opted out


def read_traces(database: Database, opted_out: Collection[str] = ()) -> Traces:
    """Read the log, without the searches, asks and acts of those who opted out."""
    dropped: Counter[tuple[str, str]] = Counter()
    with database.read() as connection:
        out = _of_opted_out(connection, frozenset(opted_out))
        reading = connection.execution_options(yield_per=AHEAD)
        acts = tuple(_acts(reading, out, dropped))
        asks = {asked.id: asked for asked in _asks(reading, out)}
        answered = {part.search: asked.id for asked in asks.values() for part in asked.parts if part.search}
        wanted = {act.search for act in acts} | answered.keys()
        searches = {seen.id: seen for seen in _searches(reading, out, wanted)}
    return Traces(
        searches=searches,
        asks=asks,
        acts=acts,
        answered=answered,
        dropped=tuple(Dropped(reason=reason, kind=kind, count=count) for (reason, kind), count in dropped.items()),
        unread=len(out.searches) + out.asks,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Out:
    """People who opted out, their searches, and how many asks they made."""

    people: frozenset[str]
    searches: frozenset[str] = frozenset()
    asks: int = 0


def _of_opted_out(connection: sa.Connection, people: frozenset[str]) -> _Out:
    """Find what is of people who opted out: what was done with their searches is theirs, also where nobody is named."""
    if not people:
        return _Out(people=people)
    asks = sa.select(sa.func.count()).select_from(ASKS).where(ASKS.c.client_id.in_(people))
    return _Out(
        people=people,
        searches=frozenset(
            connection.execute(sa.select(SEARCHES.c.query_id).where(SEARCHES.c.client_id.in_(people))).scalars()
        ),
        asks=connection.execute(asks).scalar_one(),
    )


def _acts(connection: sa.Connection, out: _Out, dropped: Counter[tuple[str, str]]) -> Iterator[Act]:
    columns = ("event_id", "action_name", "query_id", "client_id", "object_id", "timestamp", "ordinal")
    query = sa.select(*(EVENTS.c[name] for name in (*columns, "event_attributes")))
    for row in connection.execute(query.order_by(EVENTS.c.timestamp, EVENTS.c.event_id)):
        if row.client_id in out.people or row.query_id in out.searches:
            dropped["the person opted out", row.action_name] += 1
        elif row.action_name not in ACTIONS:
            dropped["an action that Hone does not know", "other"] += 1
        else:
            attributes = _attributes(row.event_attributes)
            yield Act(
                id=row.event_id,
                action=row.action_name,
                search=row.query_id,
                person=row.client_id,
                object=row.object_id,
                at=_moment(row.timestamp),
                ask=str(attributes.get("ask_id", "")),
                rank=row.ordinal,
                text=str(attributes.get("reason", "")) if row.action_name == "reformulate" else "",
            )


def _asks(connection: sa.Connection, out: _Out) -> Iterator[Asked]:
    for row in connection.execute(sa.select(ASKS).order_by(ASKS.c.timestamp, ASKS.c.ask_id)):
        if row.client_id in out.people:
            continue
        plan = json.loads(row.plan)
        yield Asked(
            id=row.ask_id,
            person=row.client_id,
            question=str(plan.get("standalone") or row.question),
            typed=row.question,
            at=_moment(row.timestamp),
            verdict=row.verdict,
            parts=tuple(
                Part(text=str(item["text"]), search=str(item.get("search_id", "")))
                for item in json.loads(row.searches)
                if item.get("text")
            ),
            given=frozenset(json.loads(row.evidence)),
            cited={
                str(citation["passage"]): str(citation.get("document", ""))
                for claim in json.loads(row.claims)
                if claim.get("support") in PASSED
                for citation in claim.get("citations", ())
                if citation.get("passage")
            },
        )


def _searches(connection: sa.Connection, out: _Out, wanted: Collection[str]) -> Iterator[Seen]:
    """Read every search; the documents of what was shown only where something rests on them."""
    columns = ("query_id", "client_id", "user_query", "timestamp", "query_response_hit_ids", "documents")
    query = sa.select(*(SEARCHES.c[name] for name in (*columns, "query_attributes")))
    same: dict[str, str] = {}  # the same passages are shown again and again: each id is held once
    for row in connection.execute(query.order_by(SEARCHES.c.timestamp, SEARCHES.c.query_id)):
        if row.client_id in out.people:
            continue
        attributes = _attributes(row.query_attributes)
        yield Seen(
            id=row.query_id,
            person=row.client_id,
            query=row.user_query,
            at=_moment(row.timestamp),
            shown=tuple([same.setdefault(item, item) for item in json.loads(row.query_response_hit_ids)]),
            documents=tuple(json.loads(row.documents)) if row.query_id in wanted else (),
            propensity=_propensity(attributes.get(PROPENSITY)),
            shuffle=shuffle_in(attributes),
        )


def _attributes(text: str) -> Mapping[str, Any]:
    return json.loads(text) if text and text != "{}" else {}


def _propensity(value: object) -> tuple[float, ...]:
    """Take what an import may have filled with anything."""
    if not isinstance(value, list):
        return ()
    numbers = [item for item in value if isinstance(item, int | float)]  # pyright: ignore[reportUnknownVariableType]  # any list
    fitting = len(numbers) == len(value) and all(0 < number <= 1 for number in numbers)  # pyright: ignore[reportUnknownArgumentType]
    return tuple(float(number) for number in numbers) if fitting else ()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
