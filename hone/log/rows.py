"""What the search log holds: searches and events, as records and as rows."""

import json
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal, get_args

import sqlalchemy as sa

from hone.records import Filters, Origin, Purpose, SearchResult, Shuffle

Action = Literal["click", "open", "copy", "relevant", "thumb_up", "thumb_down", "reformulate"]
ACTIONS: frozenset[str] = frozenset(get_args(Action))
# How relevant an action says that a text is, from 0 to 3. Only "this is the right document" is as good as a label: a
# thumb up praises an answer as a whole, of which every text it cites is a part. Reading on or taking a text along is
# worth more than a look. A thumb down is a judgment too: zero. Asking in other words is none, of any text.
GRADES: Mapping[str, int] = {"relevant": 3, "thumb_up": 2, "copy": 2, "open": 2, "click": 1, "thumb_down": 0}

SCORE_DIGITS = 6  # float32 scores carry seven; more would only fatten the log

BOUND_AT_ONCE = 900  # ids in one IN (…); SQLite's oldest limit on bound values is 999

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Stages = Mapping[str, tuple[tuple[str, float], ...]]  # each stage's passages in order, with scores


def now() -> datetime:
    """Return the time as the log keeps it: UTC, to the millisecond."""
    return to_millisecond(datetime.now(UTC))


def to_millisecond(moment: datetime) -> datetime:
    """Bring a time to UTC and cut it to the millisecond."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def stamp(moment: datetime) -> str:
    """Write a time as the log and its exports do."""
    return to_millisecond(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def batches(ids: Collection[str]) -> Iterator[list[str]]:
    """Cut ids into as many as one statement can bind."""
    remaining = iter(ids)
    while batch := list(islice(remaining, BOUND_AT_ONCE)):
        yield batch


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedSearch:
    """A search as it was run, by Hone or by the system that it was imported from."""

    search_id: str
    person: str  # empty: unknown
    query: str
    timestamp: datetime
    shown: tuple[str, ...]  # passages, or documents if imported so, in order
    application: str = ""
    imported: bool = False
    # Hone's own, empty for searches that another system ran
    origin: Origin = "typed"
    ask_id: str = ""  # the ask that it was made for, which may be forgotten since
    model: str = ""
    generation: str = ""
    documents: tuple[str, ...] = ()  # the document of each shown passage, for when documents are cut anew
    groups: frozenset[str] = frozenset()  # the asker's, at that moment
    filters: Filters = field(default_factory=Filters)
    took_ms: Mapping[str, float] = field(default_factory=dict[str, float])
    notices: tuple[str, ...] = ()
    stages: Stages = field(default_factory=dict[str, tuple[tuple[str, float], ...]])
    # What an import brought that has no field above; and how a page was shuffled, which no reader wants but training
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a person did after a search: one of `ACTIONS`, or an imported action under its own name."""

    action: str
    search_id: str
    person: str = ""
    object_id: str = ""  # the passage or document that it was done to
    ordinal: int | None = None  # the rank at which that was shown
    timestamp: datetime = field(default_factory=now)
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    application: str = "hone"
    imported: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])


def logged(result: SearchResult, application: str, purpose: Purpose | None = None) -> LoggedSearch:
    """Make the record of a search that has just been run."""
    purpose = purpose or Purpose()
    return LoggedSearch(
        search_id=result.search_id,
        person=result.asker.name,
        query=result.query,
        timestamp=now(),
        shown=tuple(hit.passage for hit in result.hits),
        application=application,
        origin=purpose.origin,
        ask_id=purpose.ask_id,
        model=result.model,
        generation=result.generation,
        documents=tuple(hit.document for hit in result.hits),
        groups=result.asker.groups,
        filters=result.filters,
        took_ms={stage: round(float(took), 3) for stage, took in result.took_ms.items()},
        notices=result.notices,
        stages={
            stage: tuple([(passage, round(float(score), SCORE_DIGITS)) for passage, score in ranked])
            for stage, ranked in result.stages.items()
        },
        attributes={"hone": {"shuffle": asdict(result.shuffle)}} if result.shuffle else {},
    )


def shuffle_in(attributes: Mapping[str, Any]) -> Shuffle | None:
    """Find how a page was shuffled in a search's attributes, which an import may have filled with anything."""
    match attributes:
        case {"hone": {"shuffle": {"first": 1 | 2 as first, "swapped": [*swapped]}}}:
            return Shuffle(first=int(first), swapped=tuple([item is True for item in swapped]))
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How one field of a record is stored in a row, and inside JSON."""

    field: str
    column: str
    plain: Callable[[Any], Any]  # to what JSON can hold
    back: Callable[[Any], Any]
    json: bool = True  # whether the column holds JSON text, or the plain value as it is

    def write(self, value: Any) -> Any:
        plain = self.plain(value)
        return to_json(plain) if self.json else plain

    def read(self, stored: Any) -> Any:
        return self.back(json.loads(stored) if self.json else stored)


def to_json(value: Any) -> str:
    """Encode compactly, and readable in any script."""
    return _compact.encode(value)


def _same(value: Any) -> Any:
    return value


def _plain_filters(filters: Filters) -> dict[str, Any]:
    plain = {
        "sources": sorted(filters.sources),
        "kinds": sorted(filters.kinds),
        "path": filters.path,
        "since": filters.since and filters.since.isoformat(),
        "until": filters.until and filters.until.isoformat(),
    }
    return {name: value for name, value in plain.items() if value}


def _filters(plain: dict[str, Any]) -> Filters:
    return Filters(
        sources=frozenset(plain.get("sources", ())),
        kinds=frozenset(plain.get("kinds", ())),
        path=plain.get("path", ""),
        since=datetime.fromisoformat(plain["since"]) if "since" in plain else None,
        until=datetime.fromisoformat(plain["until"]) if "until" in plain else None,
    )


def _stages(plain: dict[str, Any]) -> Stages:
    return {stage: tuple([(passage, score) for passage, score in ranked]) for stage, ranked in plain.items()}


def _as_is(field: str, column: str = "") -> Cell:
    return Cell(field=field, column=column or field, plain=_same, back=_same, json=False)


def _mapping(field: str, column: str = "") -> Cell:
    return Cell(field=field, column=column or field, plain=dict, back=_same)


def _time(field: str) -> Cell:
    return Cell(field=field, column=field, plain=stamp, back=datetime.fromisoformat, json=False)


def _list(field: str, column: str = "") -> Cell:
    return Cell(field=field, column=column or field, plain=list, back=tuple)


OWN = (  # what only Hone's own searches have; UBI gives it a place in query_attributes
    _as_is("origin"),
    _as_is("ask_id"),
    _as_is("model"),
    _as_is("generation"),
    _list("documents"),
    Cell(field="groups", column="groups", plain=sorted, back=frozenset),
    Cell(field="filters", column="filters", plain=_plain_filters, back=_filters),
    _mapping("took_ms"),
    _list("notices"),
    Cell(field="stages", column="stages", plain=dict, back=_stages),
)
SEARCH = (
    _as_is("search_id", "query_id"),
    _as_is("person", "client_id"),
    _as_is("query", "user_query"),
    _time("timestamp"),
    _list("shown", "query_response_hit_ids"),
    _as_is("application"),
    _as_is("imported"),
    *OWN,
    _mapping("attributes", "query_attributes"),
    _mapping("extra"),
)
EVENT = (
    _as_is("event_id"),
    _as_is("search_id", "query_id"),
    _as_is("person", "client_id"),
    _as_is("action", "action_name"),
    _time("timestamp"),
    _as_is("object_id"),
    _as_is("ordinal"),
    _as_is("application"),
    _as_is("imported"),
    _mapping("attributes", "event_attributes"),
    _mapping("extra"),
)


def _table(name: str, key: str, cells: tuple[Cell, ...]) -> sa.Table:
    kinds: dict[str, Any] = {"ordinal": sa.Integer, "imported": sa.Boolean}
    columns = [
        sa.Column(cell.column, kinds.get(cell.column, sa.Text), primary_key=cell.column == key) for cell in cells
    ]
    return sa.Table(name, sa.MetaData(), *columns)


SEARCHES = _table("searches", "query_id", SEARCH)
EVENTS = _table("events", "event_id", EVENT)
CHANGES = sa.table("confirmation_changes", sa.column("revision", sa.Integer))


def note_change(connection: sa.Connection) -> None:
    """Count a change of what is confirmed, in the transaction that makes it; every process sees the count move."""
    connection.execute(sa.update(CHANGES).values(revision=CHANGES.c.revision + 1))


def to_row(record: LoggedSearch | Event) -> dict[str, Any]:
    """Make the row of a search or an event."""
    cells = SEARCH if isinstance(record, LoggedSearch) else EVENT
    return {cell.column: cell.write(getattr(record, cell.field)) for cell in cells}


def search_of(row: sa.RowMapping) -> LoggedSearch:
    """Read a row of searches."""
    return LoggedSearch(**{cell.field: cell.read(row[cell.column]) for cell in SEARCH})


def event_of(row: sa.RowMapping) -> Event:
    """Read a row of events."""
    return Event(**{cell.field: cell.read(row[cell.column]) for cell in EVENT})
