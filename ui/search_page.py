"""The Search page: results, why each was found, and why another document wasn't."""

from dataclasses import replace
from functools import partial

import streamlit as st

from hone.errors import HoneError
from hone.records import Asker
from retriever.searching.searcher import LONGEST_QUERY
from service.service import Service
from ui.failing import reference_of
from ui.parts.components import put_style
from ui.parts.finding import MOST, PAGE, PageSearch, SearchAddress, asked_of, find, go, show_filters
from ui.parts.opened import show_opened
from ui.parts.results import show_results
from ui.parts.why import why_not
from ui.safe import plain

QUERY = "hone_query"
EXPECTED = "hone_expected"
WANTED = "hone_wanted"  # how many hits are wanted, with the search they are wanted of


def page(service: Service, asker: Asker) -> None:
    """Draw the Search page."""
    put_style()
    asked = asked_of({name: st.query_params.get_all(name) for name in st.query_params})
    with st.container(key="hone_search"):
        _box(asked)
        if not asked.query.strip():
            st.caption("Filters are part of the link, so you can share a search.")
            return
        wanted_of, wanted = st.session_state.get(WANTED, (None, PAGE))
        try:
            found = find(service, asker, asked, wanted if wanted_of == asked else PAGE)
        except HoneError as error:
            _failed(error)
            return
        show_filters(found)
        _found(service, asker, found)


def _box(asked: SearchAddress) -> None:
    st.session_state[QUERY] = asked.query
    st.text_input(
        "Search",
        key=QUERY,
        placeholder="Search everything you have access to",
        icon=":material/search:",
        max_chars=LONGEST_QUERY,
        label_visibility="collapsed",
        on_change=lambda: go(replace(asked, query=str(st.session_state[QUERY]))),
    )


def _found(service: Service, asker: Asker, found: PageSearch) -> None:
    result = found.result
    show_opened(service, asker)
    for notice in result.notices:
        st.caption(f":material/info: {plain(notice)}")
    if not result.hits:
        with st.container(key="hone_nothing", border=True):
            st.markdown("No results in documents you have access to.")
            st.caption("Try other words" + (", or fewer filters." if found.asked.narrowed else "."))
    else:
        st.caption(f"{len(result.hits)} passages in {result.took_ms.get('total', 0.0):.0f} ms")
        show_results(service, asker, result)
    if len(result.hits) >= found.hits and found.hits < MOST:
        st.button("More", key="hone_more_hits", on_click=_more, args=(found,))
    _other(service, found)


def _more(found: PageSearch) -> None:
    st.session_state[WANTED] = (found.asked, min(MOST, found.hits + PAGE))


def _other(service: Service, found: PageSearch) -> None:
    """Explain where a document is that somebody expected."""
    with st.expander("I expected another document", key="hone_other"):
        name = st.text_input("Its title, file name or path", key=EXPECTED, placeholder="it/leash.md", max_chars=300)
        if name:
            _say(partial(why_not, service, found.question, name))


def _say(explained: partial[str]) -> None:
    try:
        st.markdown(plain(explained()))
    except HoneError as error:
        st.caption(plain(f"{error.message} {error.hint}"))


def _failed(error: HoneError) -> None:
    with st.container(key="hone_error", border=True):
        st.markdown(f":material/error: {plain(error.message)}")
        st.caption(plain(f"{error.hint} Reference {reference_of(error)}.".strip()))
        st.button("Try again", key="hone_try_again", icon=":material/refresh:")
