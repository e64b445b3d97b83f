"""Plain data of a search or an ask, as the records that it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from pydantic import TypeAdapter

from hone.records import Asker, Filters, SearchResult

if TYPE_CHECKING:
    from agents.events import Event
    from retriever.searching.explain import Explanation

Plain = Mapping[str, Any]


def result_of(told: Plain, asker: Asker, filters: Filters) -> SearchResult:
    """Make a search of its JSON; what its stages returned is not told, and stays in the log."""
    known: Plain = {"asker": asker, "filters": filters, "stages": {}}
    return TypeAdapter(SearchResult).validate_python({**_with_ends(told), **known})


def explanation_of(told: Plain) -> Explanation:
    """Make an explanation of its JSON."""
    from retriever.searching.explain import Explanation

    return TypeAdapter(Explanation).validate_python(told)


def event_of(told: Plain) -> Event:
    """Make an event of an ask of its JSON; an answer's fields stand at the top of it."""
    from agents.events import Event

    kind, plain = told["event"], {name: value for name, value in _with_ends(told).items() if name != "event"}
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
