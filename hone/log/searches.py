"""The search log: every search with what each stage returned, and what people did next."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import sqlalchemy as sa

from hone.database import Database
from hone.errors import HoneError, UsageError
from hone.log.confirmations import CONFIRMING, forget_confirmed, withdraw_confirmed
from hone.log.rows import (
    ACTIONS,
    BOUND_AT_ONCE,
    EVENTS,
    SEARCHES,
    Event,
    LoggedSearch,
    batches,
    event_of,
    logged,
    note_change,
    search_of,
    stamp,
    to_row,
)
from hone.records import Origin, Purpose, SearchResult

OTHER = "other"  # what imported events of names that Hone does not know are counted as
ROWS_AT_ONCE = 500  # read ahead when all are read: a search with its stages is some 20 kB


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A search and what followed from it, oldest first."""

    search: LoggedSearch
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgottenCounts:
    """How much of a person was in the log."""

    searches: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much the log holds."""

    searches: int
    imported: int  # of the searches
    assistant: int  # of the searches: made for an answer, not typed
    people: int
    events: Mapping[str, int]  # by action, and `other`


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What of a batch was new."""

    searches: tuple[LoggedSearch, ...]
    fuller: tuple[LoggedSearch, ...]  # they took the place of searches with nothing shown
    events: tuple[Event, ...]


class SearchLog:
    """Writes and reads one log; safe from several threads and processes at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, result: SearchResult, *, application: str = "hone", purpose: Purpose | None = None) -> None:
        """Log a search that has just been run."""
        row = to_row(logged(result, application, purpose))
        with self._database.write() as connection:
            connection.execute(sa.insert(SEARCHES), row)

    def record_event(self, event: Event) -> None:
        """Log what a person did."""
        if event.action not in ACTIONS:
            raise UsageError(f"Unknown event {event.action!r}.", hint=f"Use one of {', '.join(sorted(ACTIONS))}.")
        row = to_row(event)
        with self._database.write() as connection:
            connection.execute(sa.insert(EVENTS), row)
            if event.action in CONFIRMING:
                note_change(connection)

    def events(
        self,
        *,
        person: str | None = None,
        search_ids: Collection[str] | None = None,
        actions: Collection[str] = (),
        limit: int | None = None,
    ) -> list[Event]:
        """List events, newest first: of a person, on some searches, of some kinds."""
        query = sa.select(EVENTS).order_by(EVENTS.c.timestamp.desc(), EVENTS.c.event_id.desc()).limit(limit)
        if person is not None:
            query = query.where(EVENTS.c.client_id == person)
        if search_ids is not None:
            query = query.where(EVENTS.c.query_id.in_(list(search_ids)[:BOUND_AT_ONCE]))
        if actions:
            query = query.where(EVENTS.c.action_name.in_(list(actions)))
        with self._database.read() as connection:
            return [event_of(row) for row in connection.execute(query).mappings()]

    def questions(self, search_ids: Collection[str]) -> dict[str, str]:
        """List what was asked, by search; one that is not in the log is left out."""
        found = dict[str, str]()
        with self._database.read() as connection:
            for batch in batches(search_ids):
                wanted = sa.select(SEARCHES.c.query_id, SEARCHES.c.user_query).where(SEARCHES.c.query_id.in_(batch))
                found.update((row.query_id, row.user_query) for row in connection.execute(wanted))
        return found

    def withdraw(self, event_id: str, person: str) -> bool:
        """Delete an event of a person; return whether there was one."""
        mine = (EVENTS.c.event_id == event_id) & (EVENTS.c.client_id == person)
        with self._database.write() as connection:
            gone = connection.execute(sa.delete(EVENTS).where(mine)).rowcount > 0
            if gone:
                withdraw_confirmed(connection, event_id)
            return gone

    def searches(
        self,
        *,
        limit: int | None = 50,
        person: str | None = None,
        since: datetime | None = None,
        text: str = "",
        origin: Origin | None = "typed",
    ) -> list[LoggedSearch]:
        """List searches, newest first: those that people typed, unless another origin, or any, is asked for.

        `text` stands anywhere in the question, `person=""` is nobody in particular.
        """
        query = sa.select(SEARCHES).where(*_of_searches(person, since, origin))
        if text:
            query = query.where(SEARCHES.c.user_query.icontains(text, autoescape=True))
        query = query.order_by(SEARCHES.c.timestamp.desc(), SEARCHES.c.query_id.desc()).limit(limit)
        with self._database.read() as connection:
            return [search_of(row) for row in connection.execute(query).mappings()]

    def search(self, search_id: str) -> Trail:
        """Find one search with its events."""
        search = sa.select(SEARCHES).where(SEARCHES.c.query_id == search_id)
        events = sa.select(EVENTS).where(EVENTS.c.query_id == search_id)
        with self._database.read() as connection:
            row = connection.execute(search).mappings().first()
            if row is None:
                raise UsageError(
                    f"There is no search {search_id!r} in the log.", hint="`hone searches list` shows all searches."
                )
            followed = connection.execute(events.order_by(EVENTS.c.timestamp, EVENTS.c.event_id)).mappings()
            return Trail(search=search_of(row), events=tuple(event_of(found) for found in followed))

    def stream(self, *, person: str | None = None, since: datetime | None = None) -> Generator[LoggedSearch | Event]:
        """Stream all searches and then all events, each oldest first, from one snapshot and without loading them all.

        With a person these are exactly the searches and events that `forget` deletes.
        """
        searches = sa.select(SEARCHES).where(*_of_searches(person, since))
        events = sa.select(EVENTS).where(*_of_events(person, since))
        with self._database.read() as connection:
            reading = connection.execution_options(yield_per=ROWS_AT_ONCE)
            for row in reading.execute(searches.order_by(SEARCHES.c.timestamp, SEARCHES.c.query_id)).mappings():
                yield search_of(row)
            for row in reading.execute(events.order_by(EVENTS.c.timestamp, EVENTS.c.event_id)).mappings():
                yield event_of(row)

    def add(self, searches: Sequence[LoggedSearch], events: Sequence[Event]) -> Added:
        """Add imported searches and events that are not here yet, in one transaction, and say which they were.

        An imported search with nothing shown is replaced by another of its id that has something: systems that send
        several queries for one question log each of them under one id, often the empty one first.
        """
        with self._database.write() as connection:
            known = _present(connection, EVENTS.c.event_id, {event.event_id for event in events})
            fresh_events: dict[str, Event] = {}
            for event in events:
                if event.event_id not in known:
                    fresh_events.setdefault(event.event_id, event)
            fresh, fuller = _fresh(searches, _stays(connection, {search.search_id for search in searches}))
            for table, records in ((SEARCHES, fresh), (EVENTS, tuple(fresh_events.values()))):
                if records:
                    connection.execute(sa.insert(table), [to_row(record) for record in records])
            for search in fuller:
                connection.execute(sa.update(SEARCHES).where(SEARCHES.c.query_id == search.search_id), to_row(search))
            if fuller or any(event.action in CONFIRMING for event in fresh_events.values()):
                note_change(connection)
        return Added(searches=fresh, fuller=fuller, events=tuple(fresh_events.values()))

    def lacking(self, search_ids: Iterable[str]) -> frozenset[str]:
        """Find which of these searches are not in the log."""
        wanted = frozenset(search_ids)
        with self._database.read() as connection:
            return wanted - _present(connection, SEARCHES.c.query_id, wanted)

    def counts(self) -> Counts:
        """Count searches, the people who made them, and events by action."""
        totals = sa.select(
            sa.func.count(),
            sa.func.count().filter(SEARCHES.c.imported),
            sa.func.count().filter(SEARCHES.c.origin != "typed"),
            sa.func.count(sa.func.nullif(SEARCHES.c.client_id, "").distinct()),
        ).select_from(SEARCHES)
        actions = sa.select(EVENTS.c.action_name, sa.func.count()).group_by(EVENTS.c.action_name)
        with self._database.read() as connection:
            searches, imported, assistant, people = connection.execute(totals).one()
            events: Counter[str] = Counter()
            for action, count in connection.execute(actions):
                events[action if action in ACTIONS else OTHER] += count
        return Counts(
            searches=searches,
            imported=imported,
            assistant=assistant,
            people=people,
            events=dict(events.most_common()),
        )

    def count_typed(self, since: datetime | None = None) -> int:
        """Count the searches that people typed."""
        typed = sa.select(sa.func.count()).select_from(SEARCHES).where(*_of_searches(None, since, "typed"))
        with self._database.read() as connection:
            return connection.execute(typed).scalar_one()

    def known_of(self, person: str) -> ForgottenCounts:
        """Count what `forget` would delete."""
        with self._database.read() as connection:
            searches, events = (
                connection.execute(sa.select(sa.func.count()).select_from(table).where(*chosen)).scalar_one()
                for table, chosen in ((SEARCHES, _of_searches(person)), (EVENTS, _of_events(person)))
            )
        return ForgottenCounts(searches=searches, events=events)

    def forget(self, person: str, *, wait: float = 10.0) -> ForgottenCounts:
        """Delete a person's searches, their events and everyone's events on their searches, so that no text remains.

        The file is written anew, which needs as much free disk again; `wait` is the seconds given to other readers.
        """
        if not person:
            raise UsageError("The person's name is empty.", hint="`hone searches list` shows the names.")
        with self._database.write() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
            events = connection.execute(sa.delete(EVENTS).where(*_of_events(person))).rowcount
            searches = connection.execute(sa.delete(SEARCHES).where(*_of_searches(person))).rowcount
            forget_confirmed(connection, person)
        try:
            erased = self._database.erase(wait)
        except sqlite3.OperationalError as error:
            erased, why = False, str(error)
        else:
            why = "another process is reading the log"
        if not erased:
            raise HoneError(
                f"{searches} searches and {events} events of {person!r} are deleted, but traces of their text may "
                f"still be in {self._database.path} or beside it ({why}).",
                hint="Run it again when no other program uses the log and the disk has space for a copy of it.",
            )
        return ForgottenCounts(searches=searches, events=events)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _of_searches(
    person: str | None, since: datetime | None = None, origin: Origin | None = None
) -> list[sa.ColumnElement[bool]]:
    wanted = (
        (person, SEARCHES.c.client_id == person),
        (since, SEARCHES.c.timestamp >= stamp(since) if since else sa.true()),
        (origin, SEARCHES.c.origin == origin),
    )
    return [condition for value, condition in wanted if value is not None]


def _of_events(person: str | None, since: datetime | None = None) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if person is not None:
        theirs = sa.select(SEARCHES.c.query_id).where(SEARCHES.c.client_id == person)
        conditions.append((EVENTS.c.client_id == person) | EVENTS.c.query_id.in_(theirs))
    return conditions if since is None else [*conditions, EVENTS.c.timestamp >= stamp(since)]


def _present(connection: sa.Connection, column: sa.ColumnElement[str], ids: Collection[str]) -> frozenset[str]:
    found = (connection.execute(sa.select(column).where(column.in_(batch))).scalars() for batch in batches(ids))
    return frozenset(chain.from_iterable(found))


def _stays(connection: sa.Connection, ids: Collection[str]) -> dict[str, bool]:
    """Check which of the searches that are here must stay: Hone's own, and those with something shown."""
    stays = ~SEARCHES.c.imported | (SEARCHES.c.query_response_hit_ids != "[]")
    query = sa.select(SEARCHES.c.query_id, stays)
    found = (connection.execute(query.where(SEARCHES.c.query_id.in_(batch))) for batch in batches(ids))
    return {search_id: bool(stay) for rows in found for search_id, stay in rows}


def _fresh(
    searches: Sequence[LoggedSearch], stays: Mapping[str, bool]
) -> tuple[tuple[LoggedSearch, ...], tuple[LoggedSearch, ...]]:
    """Sort out which searches are new, and which replace one that is here."""
    best: dict[str, LoggedSearch] = {}
    for search in searches:
        if search.search_id not in best or (search.shown and not best[search.search_id].shown):
            best[search.search_id] = search
    fresh = tuple(search for name, search in best.items() if name not in stays)
    fuller = tuple(search for name, search in best.items() if stays.get(name) is False and search.shown)
    return fresh, fuller
