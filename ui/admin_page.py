"""How Hone is doing, for admins: each section is computed when it is opened."""

from collections.abc import Callable, Mapping

import streamlit as st

from hone.records import Asker
from service.people import is_admin
from service.service import Service
from ui.admin.answering import degraded_answers, speed
from ui.admin.corpus import corpus_health
from ui.admin.gaps import content_gaps
from ui.admin.labels import labels
from ui.admin.models import models
from ui.admin.review import feedback_to_review
from ui.admin.runs import evaluation_runs

SECTIONS: Mapping[str, Callable[[Service, Asker], None]] = {
    "Corpus": corpus_health,
    "Content gaps": content_gaps,
    "Speed": speed,
    "Problems": degraded_answers,
    "Models": models,
    "Feedback": feedback_to_review,
    "Grading": labels,
    "Evaluations": evaluation_runs,
}


def page(service: Service, asker: Asker) -> None:
    """Show how Hone is doing, to admins and to nobody else."""
    if not is_admin(asker):
        st.title("Page not found")
        st.text("There is no page at this address.")
        return
    st.title("Admin")
    opened = st.tabs(list(SECTIONS), key="section", on_change="rerun", bind="query-params")
    for tab, show in zip(opened, SECTIONS.values(), strict=True):
        if tab.open:
            with tab:
                show(service, asker)
