"""The documents of UBI, the interchange form of search logs, and the records that they are here."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from hone.log.rows import OWN, Event, LoggedSearch, stamp, to_millisecond
from hone.records import Filters, Origin

QUERIES, EVENTS = "ubi_queries", "ubi_events"  # the indexes that UBI gives searches and events


def _in_utc(moment: datetime) -> datetime:
    try:
        return to_millisecond(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except OverflowError as error:
        raise ValueError("is outside the years 1 to 9999 in UTC") from error


def _or(empty: Callable[[], Any]) -> BeforeValidator:
    """Take null for a field that was left out: systems write either."""
    return BeforeValidator(lambda value: empty() if value is None else value)


Id = Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)]
OptionalText = Annotated[str, _or(str), Field(coerce_numbers_to_str=True)]
Moment = Annotated[datetime, AfterValidator(_in_utc)]


_BARE = LoggedSearch(search_id="", person="", query="", timestamp=datetime.min.replace(tzinfo=UTC), shown=())


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow")  # keys that Hone has no field for are kept

    def rest(self) -> dict[str, Any]:
        return dict(self.__pydantic_extra__ or {})


class _Own(_Open):
    """What only Hone's own searches have."""

    origin: Origin = "typed"
    ask_id: str = ""
    model: str = ""
    generation: str = ""
    documents: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    filters: Filters = Field(default_factory=Filters)
    took_ms: dict[str, float] = Field(default_factory=dict)
    notices: tuple[str, ...] = ()
    stages: dict[str, tuple[tuple[str, float], ...]] = Field(default_factory=dict)


class _Attributes(_Open):
    hone: _Own = Field(default_factory=_Own)


class _UbiQuery(_Open):
    query_id: Id
    user_query: str
    timestamp: Moment
    client_id: OptionalText = ""
    application: OptionalText = ""
    query_response_hit_ids: Annotated[tuple[Id, ...], _or(tuple)] = ()
    query_attributes: Annotated[_Attributes, _or(dict)] = Field(default_factory=_Attributes)


class _Object(_Open):
    object_id: OptionalText = ""


class _Position(_Open):
    ordinal: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None


class _EventAttributes(_Open):
    object: Annotated[_Object, _or(dict)] = Field(default_factory=_Object)
    position: Annotated[_Position, _or(dict)] = Field(default_factory=_Position)


class _UbiEvent(_Open):
    action_name: Id
    timestamp: Moment
    event_id: OptionalText = ""
    query_id: OptionalText = ""
    client_id: OptionalText = ""
    application: OptionalText = ""
    event_attributes: Annotated[_EventAttributes, _or(dict)] = Field(default_factory=_EventAttributes)


def search_from(document: Mapping[str, Any]) -> LoggedSearch:
    """Read a search from its document; raises pydantic's ValidationError."""
    query = _UbiQuery.model_validate(document)
    own, attributes = query.query_attributes.hone, query.query_attributes.rest()
    if own.rest():
        attributes["hone"] = own.rest()
    return LoggedSearch(
        search_id=query.query_id,
        person=query.client_id,
        query=query.user_query,
        timestamp=query.timestamp,
        shown=query.query_response_hit_ids,
        application=query.application,
        imported=True,
        **{cell.field: getattr(own, cell.field) for cell in OWN},
        attributes=attributes,
        extra=query.rest(),
    )


def event_from(document: Mapping[str, Any], content: str) -> Event:
    """Read an event from its document; one without an id gets that of its content."""
    event = _UbiEvent.model_validate(document)
    about = event.event_attributes
    nested = {"object": about.object.rest(), "position": about.position.rest()}
    return Event(
        event_id=event.event_id or hashlib.sha256(content.encode()).hexdigest()[:32],
        action=event.action_name,
        search_id=event.query_id,
        person=event.client_id,
        object_id=about.object.object_id,
        ordinal=about.position.ordinal,
        timestamp=event.timestamp,
        application=event.application,
        imported=True,
        attributes={name: rest for name, rest in nested.items() if rest} | about.rest(),
        extra=event.rest(),
    )


def query_document(search: LoggedSearch) -> dict[str, Any]:
    """Write a search as UBI has it."""
    given = [cell for cell in OWN if getattr(search, cell.field) != getattr(_BARE, cell.field)]
    plain = {cell.column: cell.plain(getattr(search, cell.field)) for cell in given}
    own = dict(search.attributes.get("hone", {})) | plain
    return {
        "query_id": search.search_id,
        "client_id": search.person,
        "user_query": search.query,
        "timestamp": stamp(search.timestamp),
        "query_response_hit_ids": search.shown,
        "application": search.application,
        "query_attributes": dict(search.attributes) | ({"hone": own} if own else {}),
        **search.extra,
    }


def event_document(event: Event) -> dict[str, Any]:
    """Write an event as UBI has it."""
    attributes = dict(event.attributes)
    if event.object_id:
        attributes["object"] = {"object_id": event.object_id, **attributes.get("object", {})}
    if event.ordinal is not None:
        attributes["position"] = {"ordinal": event.ordinal, **attributes.get("position", {})}
    return {
        "event_id": event.event_id,
        "action_name": event.action,
        "query_id": event.search_id,
        "client_id": event.person,
        "timestamp": stamp(event.timestamp),
        "application": event.application,
        "event_attributes": attributes,
        **event.extra,
    }
