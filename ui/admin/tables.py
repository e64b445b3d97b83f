"""Tables whose cells are never read as Markdown, whatever a file or a person is called."""

from collections.abc import Mapping, Sequence

import streamlit as st


def table(
    rows: Sequence[Mapping[str, str | int | float]], alt: str, *, digits: Mapping[str, int] | None = None
) -> None:
    """Show rows, some columns with so many digits behind the point; `alt` says to a screen reader what they are."""
    columns = {name: st.column_config.NumberColumn(format=f"%.{count}f") for name, count in (digits or {}).items()}
    st.dataframe(list(rows), hide_index=True, column_config=columns, alt=alt)  # pyright: ignore[reportUnknownMemberType]  # pandas has no stubs here
