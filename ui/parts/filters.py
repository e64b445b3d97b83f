"""A search's filters as parameters of the page's address: a link to a search is the search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hone.records import Filters

SINCE: Mapping[str, tuple[str, int]] = {  # in the address → as it is shown, days
    "": ("Any time", 0),
    "week": ("Past week", 7),
    "month": ("Past month", 31),
    "year": ("Past year", 366),
}
MOST = 40  # values of one parameter that are read; nobody clicks more
LONGEST = 300  # characters of one


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAddress:
    """A search as the address has it."""

    query: str = ""
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    path: str = ""
    since: str = ""  # a key of `SINCE`, or a day

    def filters(self, now: datetime) -> Filters:
        """Make the filters of the search."""
        return Filters(
            sources=frozenset(self.sources), kinds=frozenset(self.kinds), path=self.path, since=_since(self.since, now)
        )

    @property
    def narrowed(self) -> bool:
        """Check whether it has any filter."""
        return bool(self.sources or self.kinds or self.path or self.since)


def asked_of(parameters: Mapping[str, Sequence[str]]) -> SearchAddress:
    """Read a search from an address; what can't be read narrows nothing."""
    one = {name: values[-1] for name, values in parameters.items() if values}
    since = one.get("since", "")
    return SearchAddress(
        query=one.get("q", ""),
        sources=_several(parameters.get("source", ())),
        kinds=_several(parameters.get("kind", ())),
        path=one.get("path", "")[:LONGEST],
        since=since if since in SINCE or _day(since) else "",
    )


def parameters_of(asked: SearchAddress) -> dict[str, str | list[str]]:
    """Write a search into an address."""
    everything = {
        "q": asked.query,
        "source": list(asked.sources),
        "kind": list(asked.kinds),
        "path": asked.path,
        "since": asked.since,
    }
    return {name: value for name, value in everything.items() if value}


def _several(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values[:MOST] if value and len(value) <= LONGEST))


def _since(since: str, now: datetime) -> datetime | None:
    if days := SINCE.get(since, ("", 0))[1]:
        return (now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    return _day(since)


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
