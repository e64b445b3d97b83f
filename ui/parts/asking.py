"""Begins answers in the name of the page's asker; what keeps one from beginning is shown, with a way to try again."""

from dataclasses import dataclass

import streamlit as st

from hone.errors import HoneError
from hone.records import Asker
from service.feedback import Word
from service.service import Service
from ui.answer.turn import AnswerTurn
from ui.failing import kindly, reference_of
from ui.safe import plain

THREAD = "thread"  # the parameter that names a conversation in the address
TROUBLE = "hone_trouble"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTrouble:
    """A question that could not be asked, and why."""

    question: str
    thread: str
    error: HoneError


def begin(service: Service, asker: Asker, question: str, thread: str = "") -> None:
    """Ask a question in a conversation, or in a new one, which the address then names."""
    st.session_state.pop(TROUBLE, None)
    if not question.strip():
        return
    try:
        before = service.runs.of_thread(thread, asker) if thread else None
        if before is not None and not before.ended:  # a conversation has one answer at a time
            before.stop()
        run = service.ask(question.strip(), asker, thread)
    except HoneError as error:
        st.session_state[TROUBLE] = AskTrouble(question=question, thread=thread, error=error)
        return
    st.query_params[THREAD] = run.thread


def ask_anew(service: Service, asker: Asker, turn: AnswerTurn, question: str, thread: str) -> None:
    """Ask an earlier question in other words, and let the log know that the first did not do."""
    if turn.search_ids and question.strip() != turn.question.strip():
        word = Word(action="reformulate", search_id=turn.search_ids[0], ask_id=turn.id, reason=question.strip()[:2000])
        kindly(lambda: service.feedback.give(word, asker))  # what it says must not keep the question from being asked
    begin(service, asker, question, thread)


def show_trouble(service: Service, asker: Asker, thread: str) -> None:
    """Say why the last question could not be asked, if so, and offer to ask it again."""
    trouble: AskTrouble | None = st.session_state.get(TROUBLE)
    if trouble is not None and trouble.thread == thread:
        show_error(service, asker, trouble.question, thread, trouble.error)


def show_error(service: Service, asker: Asker, question: str, thread: str, error: HoneError) -> None:
    """Say what went wrong with a question, and offer to ask it again."""
    with st.container(key="hone_question_failed"):
        st.markdown(plain(question))
    with st.container(key="hone_error", border=True):
        st.markdown(f":material/error: {plain(error.message)}")
        st.caption(plain(f"{error.hint} Reference {reference_of(error)}.".strip()))
        st.button(
            "Try again",
            key="hone_try_again",
            icon=":material/refresh:",
            on_click=begin,
            args=(service, asker, question, thread),
        )
