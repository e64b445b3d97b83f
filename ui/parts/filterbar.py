"""The row of filters over the results; each change is a change of the address."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from ui.parts.filters import SINCE, SearchAddress, parameters_of
from ui.parts.finding import PageSearch
from ui.safe import plain

OURS = ("q", "source", "kind", "path", "since")


def show_filters(found: PageSearch) -> None:
    """Draw what a search can be narrowed to, and what it is narrowed to."""
    asked, facets = found.asked, found.facets
    with st.container(horizontal=True, gap="small", key="hone_filters"):
        _several("Source", facets.sources, asked.sources, lambda chosen: replace(asked, sources=chosen))
        _several("Kind", facets.kinds, asked.kinds, lambda chosen: replace(asked, kinds=chosen))
        _one("Folder", asked.path, dict(facets.folders), lambda chosen: replace(asked, path=chosen))
        _since(asked)
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


def _several(
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


def _one(label: str, chosen: str, counts: dict[str, int], changed: Callable[[str], SearchAddress]) -> None:
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


def _since(asked: SearchAddress) -> None:
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
