"""What people found wrong, and which documents they said were right: for admins to look through."""

from urllib.parse import urlencode

import streamlit as st

from hone.records import Asker
from service.overview.feedback import GivenFeedback, to_review
from service.service import Service
from ui.admin.words import ago
from ui.parts.components import paged
from ui.safe import plain

SHOWN = 15


def feedback_to_review(service: Service, asker: Asker) -> None:
    """Show thumbs down and right documents, newest first."""
    found = to_review(service.workspace, service.library, asker)
    names = service.people.settings().serve.names
    st.caption("Thumbs down and suggested sources, newest first. Titles appear only for documents you have access to.")
    if not found:
        st.text("No feedback to review.")
        return
    for item in paged(found, "review_shown", SHOWN):
        _card(item, names=names)


def _card(item: GivenFeedback, *, names: bool) -> None:
    wrong = item.event.action == "thumb_down"
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(
                "Not helpful" if wrong else "Right source",
                icon=":material/thumb_down:" if wrong else ":material/check_circle:",
                color="orange" if wrong else "green",
            )
            facts = [ago(item.event.timestamp)]
            if item.about == "answer":
                facts.append("about the answer")
            if names and item.event.person:
                facts.append(f"by {plain(item.event.person)}")
            st.caption(" · ".join(facts), width="content")
        st.markdown(f"**{plain(item.question)}**" if item.question else "(the question was deleted from the log)")
        if item.about == "gone":
            st.caption("About a document that was deleted or that you can't access")
        elif item.document is not None:
            at = f", at position {item.event.ordinal}" if item.event.ordinal else ""
            st.caption(f"About the document *{plain(item.document.title)}*{at}")
        if item.reason:
            st.markdown(f"“{plain(item.reason)}”")
        if item.question:
            st.link_button(
                "Search for this",
                f"search?{urlencode({'q': item.question})}",
                icon=":material/search:",
                type="tertiary",
            )
