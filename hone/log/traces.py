"""The log for learning and measuring: what was asked, shown, answered and done; stages are never loaded."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hone.database import Database
from hone.log.asks import ASKS, STOPPED
from hone.log.rows import ACTIONS, EVENTS, SEARCHES, shuffle_in, stamp
from hone.records import Shuffle

AHEAD = 2000  # rows
PASSED = frozenset({"quoted", "supported"})  # what the check says of claims that hold
ANYTIME = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTrace:
    """A search and what it showed."""

    id: str
    person: str
    query: str
    at: datetime
    shown: tuple[str, ...]
    documents: tuple[str, ...] = ()  # of what was shown, where anything rests on it; an import has fewer, or none
    shuffle: Shuffle | None = None  # which neighbours changed places, where a coin was tossed for it
    typed: bool = True  # by a person, and not made on the way to an answer
    imported: bool = False
    groups: frozenset[str] = frozenset()  # of the person who searched
    model: str = ""
    generation: str = ""

    def document(self, name: str) -> str:
        """Find the document of a shown passage; a document is its own, and what the log does not know is empty."""
        found = next((of for item, of in zip(self.shown, self.documents, strict=False) if item == name), "")
        named = self.documents or self.shown  # an import may have logged documents, and names them alone
        return found or (name if name in named else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedPart:
    """What was searched for on the way to an answer."""

    text: str
    search: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTrace:
    """A question that an answer was given to."""

    id: str
    person: str
    question: str  # as understood without the turns before it
    typed: str
    at: datetime  # when the answer was there
    verdict: str
    parts: tuple[SearchedPart, ...]
    given: frozenset[str]  # passages that the answerer had
    cited: Mapping[str, str]  # passages that claims which passed their check stand on → their documents
    stopped: bool = False  # by the person who asked: that says nothing about how good it would have been
    model: str = ""
    generation: str = ""
    llm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing a person did."""

    id: str
    action: str
    search: str
    person: str
    object: str
    at: datetime
    ask: str = ""
    rank: int | None = None
    text: str = ""  # the new wording, where a question was put in other words
    shown: bool = True  # otherwise it names something that was not there to be seen: a report
    missed: str = ""  # the document that a report says was missed, if known


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedActs:
    """How many acts of one kind were not taken, and why."""

    reason: str
    action: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What a log holds of a time."""

    searches: Mapping[str, SearchTrace]
    asks: Mapping[str, AskTrace]
    acts: tuple[Act, ...]
    answered: Mapping[str, str] = field(default_factory=dict[str, str])  # searches made for an ask → the ask
    dropped: tuple[DroppedActs, ...] = ()
    unread: int = 0  # searches and asks of people who opted out

    def owner(self, act: Act) -> str:
        """Name the ask that an act belongs to, even if the log doesn't say so, or else the search."""
        return act.ask if act.ask in self.asks else self.answered.get(act.search, act.search)

    def document(self, act: Act) -> str:
        """Find the document of what an act names, shown or missed; empty where the log does not know."""
        search, ask = self.searches.get(act.search), self.asks.get(self.owner(act))
        found = search.document(act.object) if search is not None else ""
        return found or (ask.cited.get(act.object, "") if ask is not None else "") or act.missed


@dataclass(frozen=True, slots=True, kw_only=True)
class _TraceQuery:
    """What is to be read, on one connection."""

    connection: sa.Connection
    people: frozenset[str]  # who opted out
    since: str
    until: str
    newest: int | None

    def rows(
        self, table: sa.Table, key: sa.ColumnElement[str], columns: Collection[str]
    ) -> Iterator[sa.Row[*tuple[Any, ...]]]:
        """List rows of a time, oldest first; of too many the newest."""
        moment, wanted = table.c.timestamp, list[sa.ColumnElement[Any]](table.c[name] for name in columns)
        query: sa.Select[*tuple[Any, ...]] = sa.select(*wanted).where(moment >= self.since, moment <= self.until)
        if self.newest is None:
            return iter(self.connection.execute(query.order_by(moment, key)))
        newest = self.connection.execute(query.order_by(moment.desc(), key.desc()).limit(self.newest)).all()
        return reversed(newest)


def read_traces(
    database: Database,
    opted_out: Collection[str] = (),
    *,
    since: datetime = ANYTIME,
    until: datetime | None = None,
    newest: int | None = None,
) -> Traces:
    """Read the log of a time, without the searches, asks and acts of those who opted out.

    `newest` is how many searches, and how many asks, are read at most.
    """
    dropped: Counter[tuple[str, str]] = Counter()
    with database.read() as connection:
        reading = _TraceQuery(
            connection=connection.execution_options(yield_per=AHEAD),
            people=frozenset(opted_out),
            since=stamp(since),
            until=stamp(until) if until else "~",  # sorts behind every moment
            newest=newest,
        )
        out = _searches_of(reading)
        acts = list(_acts(reading, out, dropped))
        asks = {ask.id: ask for ask in _asks(reading)}
        answered = {part.search: ask.id for ask in asks.values() for part in ask.parts if part.search}
        wanted = {act.search for act in acts} | answered.keys()
        searches = {search.id: search for search in _searches(reading, wanted)}
        unread = len(out) + _count_asks(reading)
    traces = Traces(
        searches=searches,
        asks=asks,
        acts=(),
        answered=answered,
        dropped=tuple(DroppedActs(reason=why, action=action, count=count) for (why, action), count in dropped.items()),
        unread=unread,
    )
    return replace(traces, acts=tuple(_seen(act, traces) for act in acts))


def _seen(act: Act, traces: Traces) -> Act:
    """Say whether what an act names was on the page, or before the answerer; the answer itself always was."""
    search, ask = traces.searches.get(act.search), traces.asks.get(traces.owner(act))
    shown = (
        not act.object
        or (search is not None and (act.object in search.shown or act.object in search.documents))
        or (ask is not None and (act.object in ask.given or act.object in ask.cited))
    )
    return replace(act, missed="") if shown else replace(act, shown=False)


def _searches_of(reading: _TraceQuery) -> frozenset[str]:
    """Find the searches of people who opted out: what was done there is theirs, even if no name is logged."""
    if not reading.people:
        return frozenset()
    theirs = sa.select(SEARCHES.c.query_id).where(SEARCHES.c.client_id.in_(reading.people))
    return frozenset(reading.connection.execute(theirs).scalars())


def _count_asks(reading: _TraceQuery) -> int:
    theirs = sa.select(sa.func.count()).select_from(ASKS).where(ASKS.c.client_id.in_(reading.people))
    return reading.connection.execute(theirs).scalar_one() if reading.people else 0


def _acts(reading: _TraceQuery, out: Collection[str], dropped: Counter[tuple[str, str]]) -> Iterator[Act]:
    columns = ("event_id", "action_name", "query_id", "client_id", "object_id", "timestamp", "ordinal")
    for row in replace(reading, newest=None).rows(EVENTS, EVENTS.c.event_id, (*columns, "event_attributes")):
        if row.client_id in reading.people or row.query_id in out:
            dropped["the person opted out", row.action_name] += 1
        elif row.action_name not in ACTIONS:
            dropped["an unknown action", "other"] += 1
        else:
            attributes = _attributes(row.event_attributes)
            yield Act(
                id=row.event_id,
                action=row.action_name,
                search=row.query_id,
                person=row.client_id,
                object=row.object_id,
                at=datetime.fromisoformat(row.timestamp),
                ask=str(attributes.get("ask_id", "")),
                rank=row.ordinal,
                text=str(attributes.get("reason", "")) if row.action_name == "reformulate" else "",
                missed=str(attributes.get("document", "")),
            )


def _asks(reading: _TraceQuery) -> Iterator[AskTrace]:
    columns = ("ask_id", "client_id", "question", "timestamp", "verdict", "model", "generation", "llm")
    for row in reading.rows(ASKS, ASKS.c.ask_id, (*columns, "plan", "searches", "evidence", "claims", "degraded")):
        if row.client_id in reading.people:
            continue
        yield AskTrace(
            id=row.ask_id,
            person=row.client_id,
            question=str(json.loads(row.plan).get("standalone") or row.question),
            typed=row.question,
            at=datetime.fromisoformat(row.timestamp),
            verdict=row.verdict,
            parts=tuple(
                SearchedPart(text=str(item.get("text", "")), search=str(item.get("search_id", "")))
                for item in json.loads(row.searches)
            ),
            given=frozenset(json.loads(row.evidence)),
            cited=cited_in(row.claims),
            stopped=STOPPED in json.loads(row.degraded),
            model=row.model,
            generation=row.generation,
            llm=row.llm,
        )


def cited_in(claims: str) -> Mapping[str, str]:
    """Find the passages that claims which passed their check stand on, with their documents."""
    return {
        str(citation["passage"]): str(citation.get("document", ""))
        for claim in json.loads(claims)
        if claim.get("support") in PASSED
        for citation in claim.get("citations", ())
        if citation.get("passage")
    }


def _searches(reading: _TraceQuery, wanted: Collection[str]) -> Iterator[SearchTrace]:
    """Read every search; the documents of what was shown only where something rests on them."""
    columns = ("query_id", "client_id", "user_query", "timestamp", "query_response_hit_ids", "documents")
    own = ("origin", "imported", "groups", "model", "generation", "query_attributes")
    same: dict[str, str] = {}  # the same passages are shown again and again: each id is held once
    sets: dict[str, frozenset[str]] = {}  # as are few sets of groups
    for row in reading.rows(SEARCHES, SEARCHES.c.query_id, (*columns, *own)):
        if row.client_id in reading.people:
            continue
        if row.groups not in sets:
            sets[row.groups] = frozenset(json.loads(row.groups))
        yield SearchTrace(
            id=row.query_id,
            person=row.client_id,
            query=row.user_query,
            at=datetime.fromisoformat(row.timestamp),
            shown=tuple([same.setdefault(item, item) for item in json.loads(row.query_response_hit_ids)]),
            documents=tuple(json.loads(row.documents)) if row.query_id in wanted else (),
            shuffle=shuffle_in(_attributes(row.query_attributes)),
            typed=row.origin == "typed",
            imported=row.imported,
            groups=sets[row.groups],
            model=row.model,
            generation=row.generation,
        )


def _attributes(text: str) -> Mapping[str, Any]:
    return json.loads(text) if text and text != "{}" else {}
