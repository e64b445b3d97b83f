"""Parts that several pages are made of: components that run in the browser, the style sheet, tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st
from streamlit.components.v2 import component

HERE = Path(__file__).parent
Item = TypeVar("Item")


def part(name: str) -> Callable[..., Any]:
    """Register a component from `<name>.js` and `<name>.css`; all share what `elements.js` and `look.css` offer."""
    return component(
        f"hone_{name}",
        html='<div class="root"></div>\n',
        js=f"{_read('elements.js')}\n{_read(f'{name}.js')}",
        css=f"{_read('look.css')}\n{_read(f'{name}.css')}",
    )


def put_style() -> None:
    """Add the rules that Streamlit's theme lacks; they name our own keys, never its classes."""
    st.html(HERE / "style.css")


def figure(label: str, value: str, note: str = "", explained: str | None = None) -> None:
    """Show a figure in a box, over a note that is neither good nor bad."""
    st.metric(label, value, note or None, delta_color="off", delta_arrow="off", border=True, help=explained)


def paged(items: Sequence[Item], key: str, step: int) -> Iterator[Item]:
    """Go through the first items, and offer so many more below them."""
    shown = int(st.session_state.get(key, step))
    yield from items[:shown]
    if len(items) > shown and st.button(f"Show {min(step, len(items) - shown)} more", width="stretch"):
        st.session_state[key] = shown + step
        st.rerun()


def table(
    rows: Sequence[Mapping[str, str | int | float]], alt: str, *, digits: Mapping[str, int] | None = None
) -> None:
    """Show rows whose cells are never read as Markdown, some columns with a fixed number of decimals.

    `alt` says to a screen reader what they are.
    """
    columns = {name: st.column_config.NumberColumn(format=f"%.{count}f") for name, count in (digits or {}).items()}
    st.dataframe(list(rows), hide_index=True, column_config=columns, alt=alt)  # pyright: ignore[reportUnknownMemberType]  # pandas has no stubs here


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
