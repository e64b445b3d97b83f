"""Evaluation runs and their reports."""

import streamlit as st

from hone.records import Asker
from service.overview.evaluations import Evaluation, evaluations, report_of
from service.service import Service
from ui.admin.words import ago
from ui.parts.components import table

HEIGHT = 900  # pixels of a report on the page; it scrolls by itself
FIGURES = 200  # of one run's summary; slices make hundreds, and the report has them in order


def evaluation_runs(service: Service, _: Asker) -> None:
    """Show every run, and one of them closer."""
    home = service.workspace.home
    found = evaluations(home)
    if not found:
        st.text("No evaluations yet. Run: hone evaluate retrieval")
        return
    rows = [
        {
            "Run": item.id,
            "Of": item.kind,
            "Begun": ago(item.at),
            "State": "finished" if item.finished else "interrupted",
        }
        for item in found
    ]
    table(rows, "Every evaluation run, newest first")
    chosen = st.selectbox("Show details of", [item.id for item in found], key="run")
    item = next(item for item in found if item.id == chosen)
    if not item.report:
        st.text("This run was interrupted, so it has no report. Run the same command again to finish it.")
        return
    _report(report_of(home, item.id), item)


def _report(html: str, item: Evaluation) -> None:
    st.download_button(
        "Download the report",
        html,
        file_name=f"{item.id}.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
    )
    if item.figures:
        with st.expander("All figures"):
            rows = [{"Figure": name, "Value": value} for name, value in list(item.figures.items())[:FIGURES]]
            table(rows, "Figures of this run", digits={"Value": 3})
    # The report says itself that nothing in it may run or be loaded, and the browser holds it to that.
    st.iframe(html, height=HEIGHT, alt=f"Report of the evaluation {item.id}")
