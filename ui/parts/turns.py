"""Draws the turns of a conversation: the question, how it was answered, the answer, and what can be done with it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from hone.errors import HoneError
from hone.records import Asker
from service.feedback import Word
from service.service import Service
from ui.answer.data import answer_data
from ui.answer.references import place_of
from ui.answer.steps import summary
from ui.answer.turn import STOPPED, AnswerTurn
from ui.failing import kindly
from ui.parts.actions import EDITING, show_actions, show_edit
from ui.parts.components import part
from ui.parts.conversation import ShownConversation
from ui.parts.opened import OpenedPassage, open_passage
from ui.safe import plain, plain_lines

_answer = part("answer")


def show_turn(service: Service, asker: Asker, thread: str, conversation: ShownConversation, turn: AnswerTurn) -> None:
    """Draw one turn that has ended."""
    last = turn is conversation.turns[-1] and conversation.running is None
    with st.container(key="hone_last" if last else f"hone_turn_{turn.id}"):
        with st.container(key=f"hone_question_{turn.id}"):
            if st.session_state.get(EDITING) == turn.id and last:
                show_edit(service, asker, turn, thread)
            else:
                st.markdown(plain(turn.question))
        status = st.status(plain(_summary(turn)), state="complete", type="compact")
        status.caption(plain_lines(turn.steps or ("Answered without a search.",)))
        fill(service, asker, thread, conversation, turn, (st.empty(), st.empty()))


def fill(
    service: Service,
    asker: Asker,
    thread: str,
    conversation: ShownConversation,
    turn: AnswerTurn,
    places: tuple[Any, Any],
) -> None:
    """Put an answer and its actions into their places."""
    slot, actions = places
    key = f"answer_{turn.id}"
    with slot.container():
        drawn = answer_data(turn, conversation.known)
        _answer(key=key, data=drawn, on_act_change=_acted(service, asker, conversation, turn, key))
    with actions.container():
        last = turn is conversation.turns[-1] and conversation.running is None
        show_actions(service, asker, thread, turn, conversation, last=last)


def _summary(turn: AnswerTurn) -> str:
    return "Stopped" if turn.verdict == STOPPED else summary(turn.searches, turn.took_ms)


def _acted(
    service: Service, asker: Asker, conversation: ShownConversation, turn: AnswerTurn, key: str
) -> Callable[[], None]:
    def run() -> None:
        if pointed := st.session_state[key].act:
            kindly(lambda: act(service, asker, conversation, turn, dict(pointed)))

    return run


def act(
    service: Service, asker: Asker, conversation: ShownConversation, turn: AnswerTurn, pointed: dict[str, Any]
) -> None:
    """Do what a person chose for an answer's source: open it, or mark or unmark it as the right one."""
    place = place_of(turn, conversation.known, pointed)
    if place is None or not turn.search_ids:
        return
    search_id = search_showing(service, turn, place.passage)
    kind = pointed.get("kind")
    if kind == "open":
        word = Word(action="open", search_id=search_id, object_id=place.passage, ask_id=turn.id)
        service.feedback.give(word, asker)
        open_passage(
            OpenedPassage(
                document=place.document,
                passage=place.passage,
                start=place.start,
                end=place.end,
                search_id=search_id,
                ask_id=turn.id,
            )
        )
    elif kind == "relevant":
        _toggle_relevant(service, asker, conversation, turn, place.passage, search_id)


def _toggle_relevant(
    service: Service, asker: Asker, conversation: ShownConversation, turn: AnswerTurn, passage: str, search_id: str
) -> None:
    said = [event for event in conversation.said if event.action == "relevant" and event.object_id == passage]
    for event in said:
        service.feedback.withdraw(event.event_id, asker)
    if not said:
        word = Word(action="relevant", search_id=search_id, object_id=passage, ask_id=turn.id)
        service.feedback.give(word, asker)


def search_showing(service: Service, turn: AnswerTurn, passage: str) -> str:
    """Find which of an ask's searches showed a passage, so that the word lands where training looks for it."""
    for search_id in turn.search_ids:
        try:
            if passage in service.workspace.log.search(search_id).search.shown:
                return search_id
        except HoneError:
            continue
    return turn.search_ids[0]
