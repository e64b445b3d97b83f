"""The list of a person's conversations in the side bar."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import streamlit as st

from agents.memory import Thread
from hone.errors import HoneError
from hone.records import Asker
from service.service import Service
from ui.parts.asking import THREAD, TROUBLE
from ui.safe import plain, short

LISTED = 12  # conversations shown before the rest is asked for
TITLE = 60  # characters; the style sheet cuts what the side bar has no room for
ALL = "hone_all_conversations"


def show_conversations(service: Service, asker: Asker, current: str) -> None:
    """List the conversations by day, with a button for a new one."""
    with st.sidebar:
        st.button(
            "New conversation",
            key="hone_new",
            icon=":material/edit_square:",
            width="stretch",
            on_click=go_to,
            args=("",),
        )
        threads = _threads(service, asker, current)
        shown = threads if st.session_state.get(ALL) else threads[:LISTED]
        with st.container(key="hone_conversations", gap=None):
            _rows(service, asker, shown, current)
        if len(threads) > len(shown):
            st.button(f"Show all {len(threads)}", key="hone_more", type="tertiary", on_click=_show_all)


def go_to(thread: str) -> None:
    """Go to a conversation, or to the empty page."""
    st.session_state.pop(TROUBLE, None)
    if thread:
        st.query_params[THREAD] = thread
    else:
        st.query_params.pop(THREAD, None)


def relative_day(moment: float, now: datetime) -> str:
    """Say how long ago a day was, as roughly as people remember it."""
    days = (now.date() - datetime.fromtimestamp(moment, tz=now.tzinfo).date()).days
    if days <= 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    return "This week" if days < 7 else "This month" if days < 31 else "Earlier"


def _threads(service: Service, asker: Asker, current: str) -> Sequence[Thread]:
    """List conversations; one begun a moment ago may not be written down yet."""
    threads = service.conversations.of(asker)
    run = service.runs.of_thread(current, asker) if current else None
    if run is None or any(thread.id == current for thread in threads):
        return threads
    return [Thread(id=current, title=run.question, began=run.began, asked=run.began), *threads]


def _rows(service: Service, asker: Asker, threads: Sequence[Thread], current: str) -> None:
    now, day = datetime.now().astimezone(), ""
    for thread in threads:
        if (its_day := relative_day(thread.asked, now)) != day:
            day = its_day
            st.caption(day)
        state = "here" if thread.id == current else "there"
        with st.container(horizontal=True, gap=None, key=f"hone_thread_{state}_{thread.id}", wrap=False):
            title = plain(short(thread.title, TITLE)) or "Untitled"
            go = partial(go_to, thread.id)
            st.button(title, key=f"go_{thread.id}", type="tertiary", width="stretch", on_click=go)
            close, key = ":material/close:", f"delete_{thread.id}"
            if st.button(f"Delete {title}", key=key, icon=close, type="tertiary", help="Delete this conversation"):
                _ask_to_delete(service, asker, thread, current)


@st.dialog("Delete this conversation?")
def _ask_to_delete(service: Service, asker: Asker, thread: Thread, current: str) -> None:
    st.markdown(plain(short(thread.title, 200)))
    st.caption("Its questions and answers are deleted for good. Your feedback stays.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        kept = st.button("Keep it", key="hone_keep")
        delete = partial(_delete, service, asker, thread.id, current)
        if st.button("Delete", key="hone_delete", type="primary", on_click=delete) or kept:
            st.rerun()


def _delete(service: Service, asker: Asker, thread: str, current: str) -> None:
    try:
        service.conversations.delete(thread, asker)
    except HoneError as error:
        st.toast(plain(f"{error.message} {error.hint}"), icon=":material/error:")
        return
    if thread == current:
        go_to("")


def _show_all() -> None:
    st.session_state[ALL] = True
