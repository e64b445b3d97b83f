"""The few rules that Streamlit's theme has no option for; they name our own keys, never Streamlit's classes."""

from pathlib import Path

import streamlit as st

SHEET = Path(__file__).parent / "style.css"


def put_style() -> None:
    """Put the style sheet of the pages into the page."""
    st.html(SHEET)
