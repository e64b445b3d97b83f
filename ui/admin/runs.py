"""Evaluation runs and their reports."""

from collections.abc import Sequence

import streamlit as st

from hone.records import Asker
from service.overview.evaluations import Evaluation, evaluations, report_of
from service.service import Service
from ui.admin.tables import table
from ui.admin.words import ago

HEIGHT = 720  # pixels of a report on the page; it scrolls by itself


def evaluation_runs(service: Service, _: Asker) -> None:
    """Show every run, and one of them closer."""
    home = service.workspace.home
    found = evaluations(home)
    if not found:
        st.text("There are none yet. Make one with: hone evaluate retrieval")
        return
    rows = [{"Run": item.id, "When": ago(item.at), "Report": "yes" if item.report else "no"} for item in found]
    table(rows, "Every evaluation run, newest first")
    chosen = st.selectbox("Look closer at", [item.id for item in found], key="run")
    item = next(item for item in found if item.id == chosen)
    _figures(item)
    if item.report:
        _report(report_of(home, item.id), item.id)


def _figures(item: Evaluation) -> None:
    rows: Sequence[dict[str, str]] = [
        *({"What": name, "Value": value} for name, value in item.facts.items()),
        *({"What": name, "Value": f"{value:,.4g}"} for name, value in item.figures.items()),
    ]
    if rows:
        table(rows, "The run's summary")


def _report(html: str, run: str) -> None:
    st.download_button(
        "Download the report",
        html,
        file_name=f"{run}.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
    )
