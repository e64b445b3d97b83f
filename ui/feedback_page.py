"""My feedback: what a person said about answers and results, and how it was used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from hone.errors import MissingError
from hone.records import Asker
from service.documents import link_to
from service.overview.feedback import Changed, GivenFeedback, Use, changes_of, given_by, uses_of
from service.service import Service
from ui.admin.words import ago
from ui.parts.components import figure, paged
from ui.safe import plain

SHOWN = 15  # at once; each has a button, and hundreds of those are slow to draw
SAID: Mapping[str, tuple[str, str]] = {  # what was said: an icon, and words
    "thumb_up": (":material/thumb_up:", "Helpful"),
    "thumb_down": (":material/thumb_down:", "Not helpful"),
    "relevant": (":material/check_circle:", "Right source"),
}
EMPTY = """
Hone learns from your thumbs and from the sources you mark as right. It uses a new model only after that model did
better on questions it had never seen.

Your feedback appears here with your question: whether it was used, by which model, and whether your own questions got
better results afterwards. You can take it back at any time.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """What became of everything a person said."""

    uses: Mapping[str, tuple[Use, ...]]  # by event
    changes: Mapping[str, Changed]  # by search


def page(service: Service, asker: Asker) -> None:
    """Show what a person gave and what became of it."""
    st.title("My feedback")
    given = given_by(service.workspace, service.library, asker)
    if not given:
        st.info("You haven't given any feedback yet.", icon=":material/rate_review:")
        st.markdown(EMPTY)
        _learning(service, asker)
        return
    became = Became(
        uses=uses_of(service.workspace, [item.event.event_id for item in given]),
        changes=changes_of(service.workspace, [item.event.search_id for item in given]),
    )
    _summary(given, became)
    for item in paged(given, "feedback_shown", SHOWN):
        _card(service, asker, item, became)
    _learning(service, asker)


def _learning(service: Service, asker: Asker) -> None:
    """Let a person say whether anything is learned from what they do."""
    decided = asker.name in service.workspace.settings.training.opted_out
    st.divider()
    st.toggle(
        "Hone may learn from my searches",
        value=not decided and not service.optouts.has(asker.name),
        key="may_learn",
        disabled=decided,
        on_change=_say_whether,
        args=(service, asker),
    )
    if decided:
        st.caption("Learning from your activity is turned off by your admin.")
    else:
        st.caption(
            "When off, future training ignores your questions, clicks and feedback, "
            "past ones included. Models already trained stay until your admin retrains."
        )


def _say_whether(service: Service, asker: Asker) -> None:
    if st.session_state["may_learn"]:
        service.optouts.remove(asker.name)
    else:
        service.optouts.add(asker.name)


def _summary(given: Sequence[GivenFeedback], became: Became) -> None:
    changes = [change.change for change in became.changes.values()]
    figures = (
        ("Feedback given", len(given), "Thumbs and sources you marked as right, without those you took back."),
        ("Used for training", len(became.uses), "How many of them at least one model was trained with."),
        ("Improved", changes.count("better"), "Your questions whose right sources now rank higher."),
        ("Got worse", changes.count("worse"), "Your questions whose right sources now rank lower."),
    )
    with st.grid(4, min_column_width=130):
        for label, value, explained in figures:
            figure(label, f"{value:,}", explained=explained)
    if not became.uses:
        st.caption("Not used yet: no model has been trained since you gave it.")


def _card(service: Service, asker: Asker, item: GivenFeedback, became: Became) -> None:
    event = item.event
    with st.container(border=True, key=f"given-{event.event_id}"):
        icon, words = SAID.get(event.action, ("", event.action))
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                st.badge(words, icon=icon, color="orange" if event.action == "thumb_down" else "green")
                about = " · about the answer" if item.about == "answer" else ""
                st.caption(f"{ago(event.timestamp)}{about}", width="content")
            st.button(
                "Withdraw",
                key=f"withdraw-{event.event_id}",
                icon=":material/undo:",
                type="tertiary",
                help="Take this back. Future training will ignore it.",
                on_click=_withdraw,
                args=(service, asker, event.event_id),
            )
        st.markdown(f"**{plain(item.question)}**" if item.question else "(the question was deleted from the log)")
        _about(item)
        if item.reason:
            st.markdown(f"“{plain(item.reason)}”")
        _became(became.uses.get(event.event_id, ()), became.changes.get(event.search_id))


def _about(item: GivenFeedback) -> None:
    if item.about == "answer":
        return
    if item.document is None:
        st.caption("About a document that was deleted or that you can no longer access")
    else:
        link = link_to(item.document.url, item.document.kind)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"About the document *{plain(item.document.title)}*", width="content")
            if link:
                st.link_button("Open", link, icon=":material/open_in_new:", type="tertiary")


def _became(uses: Sequence[Use], changed: Changed | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if not uses:
            st.badge("Not used yet", icon=":material/schedule:", color="gray")
        for use in uses:
            st.badge(_learned(use), icon=":material/model_training:", color="blue" if use.live else "gray")
        if changed is not None and changed.change != "same":
            better = changed.change == "better"
            st.badge(
                "Better results now" if better else "Worse results now",
                icon=":material/trending_up:" if better else ":material/trending_down:",
                color="green" if better else "red",
                help=f"Its score went from {changed.before:.2f} to {changed.after:.2f}; 1 is best.",
            )
    for use in uses:
        training_set = f", training set *{plain(use.training_set)}*" if use.training_set else ""
        st.caption(f"Model *{plain(use.model)}*{training_set}, {ago(use.at)}")


def _learned(use: Use) -> str:
    if use.live:
        return "Used by the current model"
    if use.decision == "refused":
        return "Used by a model that didn't pass its checks"
    return "Used by an earlier model" if use.decision == "promoted" else "Used by a model that isn't in use yet"


def _withdraw(service: Service, asker: Asker, event_id: str) -> None:
    try:
        service.feedback.withdraw(event_id, asker)
    except MissingError as error:
        st.toast(error.message, icon=":material/info:")
    else:
        st.toast("Withdrawn.", icon=":material/undo:")
