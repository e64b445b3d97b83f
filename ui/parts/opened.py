"""The passage that a person opened: in its document, with the words in question marked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from agents.sanitise import strip_invisible
from hone.errors import HoneError
from hone.records import Asker
from service.documents import DocumentView
from service.feedback import Word
from service.service import Service
from ui.answer.data import day, where
from ui.failing import kindly
from ui.parts.components import part
from ui.safe import plain

OPENED = "hone_opened"

_passage = part("passage")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPassage:
    """Which words of which document, and by way of which search a person came to them."""

    document: str
    passage: str
    start: int
    end: int
    search_id: str
    ordinal: int | None = None  # the rank that it was drawn at; the search's own where there is none
    ask_id: str = ""


def open_passage(opened: OpenedPassage) -> None:
    """Show a passage with the next drawing of the page."""
    st.session_state[OPENED] = opened


def show_opened(service: Service, asker: Asker) -> None:
    """Show the passage that was just opened, if any."""
    opened: OpenedPassage | None = st.session_state.pop(OPENED, None)
    if opened is None:
        return
    try:
        view = service.view(opened.document, asker, opened.start, opened.end)
    except HoneError as error:
        st.toast(plain(f"{error.message} {error.hint}"), icon=":material/visibility_off:")
        return
    st.dialog(plain(view.document.title or view.document.id), width="medium")(_shown)(service, asker, opened, view)


def passage_data(view: DocumentView) -> dict[str, Any]:
    """Make the plain data that a passage is drawn from."""
    heading = [part for part in view.heading if part.casefold() != view.document.title.casefold()]
    place = [where(view.document), f"page {view.page}" if view.page else "", day(view.document.modified)]
    return {
        "heading": strip_invisible(" › ".join(heading)),
        "place": strip_invisible(" · ".join(filter(None, place))),
        "before": ("" if view.starts else "… ") + strip_invisible(view.before),
        "marked": strip_invisible(view.marked),
        "after": strip_invisible(view.after) + ("" if view.ends else " …"),
        "link": view.link,
    }


def _shown(service: Service, asker: Asker, opened: OpenedPassage, view: DocumentView) -> None:
    key = f"passage_{opened.passage}_{opened.start}"
    _passage(key=key, data=passage_data(view), on_act_change=_followed(service, asker, opened, key))


def _followed(service: Service, asker: Asker, opened: OpenedPassage, key: str) -> Callable[[], None]:
    def note() -> None:
        if st.session_state[key].act:
            word = Word(
                action="open",
                search_id=opened.search_id,
                object_id=opened.passage,
                ordinal=opened.ordinal,
                ask_id=opened.ask_id,
            )
            kindly(lambda: service.feedback.give(word, asker))

    return note
