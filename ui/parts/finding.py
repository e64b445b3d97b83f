"""A search as the page has it: in its address, run once and kept while it is looked at, narrowed by filters."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from hone.records import Asker, Filters, Hit, SearchResult
from retriever.searching.searcher import Question
from service.service import Service
from ui.safe import plain

SINCE: Mapping[str, tuple[str, int]] = {  # in the address → as it is shown, days
    "": ("Any time", 0),
    "week": ("Past week", 7),
    "month": ("Past month", 31),
    "year": ("Past year", 366),
}
MOST_VALUES = 40  # values of one parameter that are read; nobody clicks more
LONGEST = 300  # characters of one
OURS = ("q", "source", "kind", "path", "since")
FOLDERS = 8  # folders offered; more would be no choice
FOUND = "hone_found"
PAGE = 10  # hits on a page
MOST = 50  # hits that can be had, and from which facets are counted


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
    return tuple(dict.fromkeys(value for value in values[:MOST_VALUES] if value and len(value) <= LONGEST))


def _since(since: str, now: datetime) -> datetime | None:
    if days := SINCE.get(since, ("", 0))[1]:
        return (now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    return _day(since)


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Values with their counts, the most frequent first."""

    sources: tuple[tuple[str, int], ...] = ()
    kinds: tuple[tuple[str, int], ...] = ()
    folders: tuple[tuple[str, int], ...] = ()


def facets_of(hits: Iterable[Hit]) -> Facets:
    """Count documents, each once."""
    documents = list({hit.document: hit for hit in hits}.values())
    return Facets(
        sources=_counted(documents, lambda hit: hit.source),
        kinds=_counted(documents, lambda hit: hit.kind),
        folders=_counted(documents, folder_of)[:FOLDERS],
    )


def folder_of(hit: Hit) -> str:
    """Find the top folder of the source that a document is in."""
    return hit.path.partition("/")[0] if "/" in hit.path else ""


def _counted(hits: list[Hit], value: Callable[[Hit], str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(found for hit in hits if (found := value(hit)))
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSearch:
    """A search with what it gave."""

    asked: SearchAddress
    asker: Asker
    hits: int  # how many were wanted
    question: Question
    result: SearchResult
    facets: Facets


def find(service: Service, asker: Asker, asked: SearchAddress, hits: int = PAGE) -> PageSearch:
    """Search, or give what the same search gave a moment ago; either way only what may be read now."""
    known: PageSearch | None = st.session_state.get(FOUND)
    if known is None or (known.asked, known.asker, known.hits) != (asked, asker, hits):
        known = _found(service, asker, asked, hits)
        st.session_state[FOUND] = known
    return replace(known, result=replace(known.result, hits=_readable(service, asker, known.result.hits)))


def _found(service: Service, asker: Asker, asked: SearchAddress, hits: int) -> PageSearch:
    filters = asked.filters(datetime.now(UTC))
    question = Question(text=asked.query, asker=asker, filters=filters, hits=hits, listed=True)
    result = service.search(question)
    # What could be narrowed to is counted without what narrows already; nobody sees this search, so it is not logged.
    wide = Question(text=asked.query, asker=asker, hits=MOST, per_document=1, memory=True)
    (around,) = service.searcher.search_all([wide])
    return PageSearch(
        asked=asked, asker=asker, hits=hits, question=question, result=result, facets=facets_of(around.hits)
    )


def _readable(service: Service, asker: Asker, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Leave out what was closed to the asker since the search."""
    readers = service.library.readers([hit.passage for hit in hits])
    return tuple(hit for hit in hits if hit.passage in readers and asker.may_read(readers[hit.passage]))


def show_filters(found: PageSearch) -> None:
    """Draw what a search can be narrowed to, and what it is narrowed to."""
    asked, facets = found.asked, found.facets
    with st.container(horizontal=True, gap="small", key="hone_filters"):
        _pick_several("Source", facets.sources, asked.sources, lambda chosen: replace(asked, sources=chosen))
        _pick_several("Kind", facets.kinds, asked.kinds, lambda chosen: replace(asked, kinds=chosen))
        _pick_one("Folder", asked.path, dict(facets.folders), lambda chosen: replace(asked, path=chosen))
        _pick_since(asked)
        if asked.narrowed:
            st.button("Clear", key="hone_clear", type="tertiary", on_click=go, args=(SearchAddress(query=asked.query),))


def go(asked: SearchAddress) -> None:
    """Put a search into the address."""
    wanted = parameters_of(asked)
    for name in OURS:
        if name in wanted:
            st.query_params[name] = wanted[name]
        elif name in st.query_params:
            del st.query_params[name]


def _pick_several(
    label: str,
    counted: Sequence[tuple[str, int]],
    chosen: tuple[str, ...],
    changed: Callable[[tuple[str, ...]], SearchAddress],
) -> None:
    counts = dict(counted)
    options = list(dict.fromkeys([*counts, *chosen]))
    if len(options) < 2 and not chosen:
        return
    key = f"hone_filter_{label}"
    st.session_state[key] = list(chosen)
    with st.popover(_named(label, chosen), key=f"hone_pop_{label}"):
        st.pills(
            label,
            options,
            selection_mode="multi",
            key=key,
            format_func=lambda value: _with_count(value, counts.get(value, 0)),
            on_change=lambda: go(changed(tuple(st.session_state[key]))),
        )


def _pick_one(label: str, chosen: str, counts: dict[str, int], changed: Callable[[str], SearchAddress]) -> None:
    options = list(dict.fromkeys([*counts, *([chosen] if chosen else [])]))
    if len(options) < 2 and not chosen:
        return
    key = f"hone_filter_{label}"
    st.session_state[key] = chosen or None
    with st.popover(_named(label, (chosen,) if chosen else ()), key=f"hone_pop_{label}"):
        st.pills(
            label,
            options,
            key=key,
            format_func=lambda value: _with_count(value, counts.get(value, 0)),
            on_change=lambda: go(changed(st.session_state[key] or "")),
        )


def _pick_since(asked: SearchAddress) -> None:
    key = "hone_filter_since"
    options: list[str] = list(SINCE) if asked.since in SINCE else [*SINCE, asked.since]
    shown: dict[str, Any] = {value: SINCE[value][0] if value in SINCE else f"Since {value}" for value in options}
    st.session_state[key] = asked.since
    with st.popover(plain(shown[asked.since]) if asked.since else "Changed", key="hone_pop_since"):
        st.pills(
            "Changed",
            options,
            key=key,
            format_func=lambda value: plain(shown[value]),
            on_change=lambda: go(replace(asked, since=st.session_state[key] or "")),
        )


def _named(label: str, chosen: Sequence[str]) -> str:
    return f"{label}: {plain(', '.join(chosen))}" if chosen else label


def _with_count(value: str, count: int) -> str:
    return f"{plain(value)} :gray[{count}]" if count else plain(value)
