"""JSON of a search or an ask, turned back into records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from pydantic import TypeAdapter

from hone.records import Asker, Filters, SearchResult

if TYPE_CHECKING:
    from agents.events import Event
    from retriever.searching.explain import Explanation

Plain = Mapping[str, Any]


def result_of(plain: Plain, asker: Asker, filters: Filters) -> SearchResult:
    """Read a search from its JSON, which has no stages: these stay in the log."""
    known: Plain = {"asker": asker, "filters": filters, "stages": {}}
    return TypeAdapter(SearchResult).validate_python({**_with_ends(plain), **known})


def explanation_of(plain: Plain) -> Explanation:
    """Read an explanation from its JSON."""
    from retriever.searching.explain import Explanation

    return TypeAdapter(Explanation).validate_python(plain)


def event_of(plain: Plain) -> Event:
    """Read an event of an ask from its JSON, where an answer's fields are at the top level."""
    from agents.events import Event

    kind, plain = plain["event"], {name: value for name, value in _with_ends(plain).items() if name != "event"}
    made = next(each for each in get_args(Event) if each.__dataclass_fields__["kind"].default == kind)
    adapter: TypeAdapter[Event] = TypeAdapter(made)
    return adapter.validate_python({"answer": plain} if kind == "answered" else plain)


def _with_ends(value: Any) -> Any:
    """Write `offsets` as the start and the end that records have."""
    if isinstance(value, list):
        return [_with_ends(item) for item in value]  # pyright: ignore[reportUnknownVariableType]  # from JSON
    if not isinstance(value, dict):
        return value
    plain: dict[str, Any] = {name: _with_ends(item) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # from JSON
    ends = plain.pop("offsets", None)
    return plain if ends is None else {**plain, "start": ends[0], "end": ends[1]}
