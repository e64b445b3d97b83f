"""A person's conversations: their list in the side bar, and one of them as its asker may see it now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import streamlit as st

from agents.memory import Thread
from hone.errors import HoneError
from hone.log.rows import Event
from hone.records import Asker
from service.documents import documents_of, passages_of
from service.runs import Run
from service.service import Service
from ui.answer.turn import STOPPED, AnswerTurn, VisibleReferences, turn_of, turn_of_run
from ui.failing import kindly
from ui.parts.asking import THREAD, TROUBLE
from ui.safe import plain, short

CLOSE = 3  # documents shown where the answer is not enough
SHORT_OF = frozenset({"insufficient", "best_match", "partial", "stopped"})
LISTED = 12  # conversations shown before the rest is asked for
TITLE = 60  # characters; the style sheet cuts what the side bar has no room for
ALL = "hone_all_conversations"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownConversation:
    """What the page draws."""

    turns: tuple[AnswerTurn, ...]
    known: VisibleReferences
    said: tuple[Event, ...]  # what the asker said of these answers
    running: Run | None = None
    failed: Run | None = None  # the last run, if it ended with an error

    def thumb(self, turn: AnswerTurn) -> Event | None:
        """Find the thumb that the asker gave an answer."""
        thumbs = (event for event in self.said if event.action in ("thumb_up", "thumb_down"))
        return next((event for event in thumbs if event.attributes.get("ask_id") == turn.id), None)


def conversation_of(service: Service, asker: Asker, thread: str) -> ShownConversation:
    """Read a conversation from the log, and what is not in there from the newest run."""
    run = service.runs.of_thread(thread, asker)
    logged = service.conversations.turns(thread, asker)
    ended = run if run is not None and run.ended else None
    turns = [turn_of(ask) for ask in logged]
    if ended is not None and ended.error is None and not _holds(turns, ended):
        turns.append(turn_of_run(ended))
    turns = [_with_closest(service, asker, turn) for turn in turns]
    said = service.feedback.given(asker, [name for turn in turns for name in turn.search_ids])
    return ShownConversation(
        turns=tuple(turns),
        known=_known_of(service, asker, turns, said),
        said=tuple(said),
        running=run if run is not None and not run.ended else None,
        failed=ended if ended is not None and ended.error is not None else None,
    )


def _holds(turns: list[AnswerTurn], run: Run) -> bool:
    """Check whether the log has a run's result; one that was stopped has no answer to know it by."""
    if run.answer is not None:
        return any(turn.id == run.answer.ask_id for turn in turns)
    return any(turn.verdict == STOPPED and turn.question == run.question for turn in turns[-1:])


def _known_of(service: Service, asker: Asker, turns: Sequence[AnswerTurn], said: Sequence[Event]) -> VisibleReferences:
    """Look up everything that some turns name."""
    cited = {citation.document for turn in turns for claim in turn.claims for citation in claim.citations}
    passages = [passage for turn in turns for passage in (*turn.evidence, *turn.closest)]
    return VisibleReferences(
        documents=documents_of(service.library, cited, asker),
        passages=passages_of(service.library, passages, asker),
        relevant=frozenset(event.object_id for event in said if event.action == "relevant"),
    )


def _with_closest(service: Service, asker: Asker, turn: AnswerTurn) -> AnswerTurn:
    """Add what comes closest to a turn whose answer is not enough: passages read, then what searches found first."""
    if turn.verdict not in SHORT_OF or turn.closest:
        return turn
    candidates = list(turn.evidence)
    for search_id in turn.search_ids:
        try:
            candidates += service.workspace.log.search(search_id).search.shown[:CLOSE]
        except HoneError:
            continue
    first: dict[str, str] = {}
    for name, placed in passages_of(service.library, candidates, asker).items():
        first.setdefault(placed.document.id, name)
    cited = {citation.document for claim in turn.held for citation in claim.citations}
    return replace(turn, closest=tuple(name for document, name in first.items() if document not in cited)[:CLOSE])


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
    if kindly(lambda: service.conversations.delete(thread, asker)) and thread == current:
        go_to("")


def _show_all() -> None:
    st.session_state[ALL] = True
