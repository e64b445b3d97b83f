"""Runs a search once and keeps it while the page is looked at: every further run would be one more in the log."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import streamlit as st

from hone.records import Asker, Hit, SearchResult
from retriever.searching.searcher import Question
from service.service import Service
from ui.parts.filters import SearchAddress

FOLDERS = 8  # folders offered; more would be no choice
FOUND = "hone_found"
PAGE = 10  # hits on a page
MOST = 50  # hits that can be had, and from which facets are counted


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
    wide = Question(text=asked.query, asker=asker, hits=MOST, per_document=1)
    (around,) = service.searcher.search_all([wide])
    return PageSearch(
        asked=asked, asker=asker, hits=hits, question=question, result=result, facets=facets_of(around.hits)
    )


def _readable(service: Service, asker: Asker, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Leave out what was closed to the asker since the search."""
    readers = service.library.readers([hit.passage for hit in hits])
    return tuple(hit for hit in hits if hit.passage in readers and asker.may_read(readers[hit.passage]))
