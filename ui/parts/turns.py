"""Draws the turns of a conversation: the question, how it was answered, the answer, and what can be done with it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from agents.heuristics.selecting import asked_with
from hone.errors import HoneError
from hone.log.rows import Event
from hone.records import Asker
from service.feedback import LONGEST_REASON, Word
from service.service import Service
from ui.answer.data import CARDS, answer_data, copied
from ui.answer.steps import summary
from ui.answer.turn import STOPPED, AnswerTurn, place_of
from ui.failing import kindly
from ui.parts.asking import ask_anew, begin
from ui.parts.components import part
from ui.parts.conversations import ShownConversation
from ui.parts.opened import OpenedPassage, open_passage
from ui.safe import plain, plain_lines

EDITING = "hone_editing"
_copy = part("copy")
THUMBS = ("thumb_down", "thumb_up")  # in the order of Streamlit's two thumbs
ASKS = {"thumb_down": "What was wrong or missing? (optional)", "thumb_up": "What was good about it? (optional)"}
_answer = part("answer")


def show_actions(
    service: Service, asker: Asker, thread: str, turn: AnswerTurn, conversation: ShownConversation, *, last: bool
) -> None:
    """Draw the row under an answer; what is asked again goes to the end, so only the last answer offers it."""
    thumb = conversation.thumb(turn)
    if last:
        _choices(service, asker, thread, turn)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"hone_actions_{turn.id}"):
        if turn.verdict not in CARDS:
            key = f"copy_{turn.id}"
            text = copied(turn, conversation.known)
            _copy(key=key, data={"text": text}, width="content", on_act_change=_copied(service, asker, turn))
        if turn.search_ids:
            _thumbs(service, asker, turn, thumb)
        if last:
            st.button(
                "Retry",
                key=f"retry_{turn.id}",
                icon=":material/refresh:",
                type="tertiary",
                help="Ask again",
                on_click=begin,
                args=(service, asker, turn.question, thread),
            )
            st.button(
                "Edit",
                key=f"edit_{turn.id}",
                icon=":material/edit:",
                type="tertiary",
                help="Rephrase the question",
                on_click=_edit,
                args=(turn.id,),
            )
    if thumb is not None:
        _reason(service, asker, turn, thumb)


def _choices(service: Service, asker: Asker, thread: str, turn: AnswerTurn) -> None:
    """Offer what a question may mean, each a click away."""
    if not turn.may_mean:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"hone_choices_{turn.id}"):
        st.caption("Do you mean one of these?", width="content")
        for place, choice in enumerate(turn.may_mean):
            st.button(
                plain(choice),
                key=f"choice_{place}_{turn.id}",
                on_click=begin,
                args=(service, asker, asked_with(turn.question, choice), thread),
            )


def show_edit(service: Service, asker: Asker, turn: AnswerTurn, thread: str) -> None:
    """Offer a question to be changed and asked again."""
    with st.form(f"hone_edit_{turn.id}", border=False):
        key = f"edited_{turn.id}"
        st.text_area("Your question", value=turn.question, key=key, label_visibility="collapsed", max_chars=4000)
        with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            st.form_submit_button("Cancel", type="tertiary", on_click=_edit, args=("",))
            st.form_submit_button("Ask", type="primary", on_click=_edited, args=(service, asker, turn, thread, key))


def thumb(service: Service, asker: Asker, turn: AnswerTurn, chosen: int | None, given: Event | None) -> None:
    """Write a thumb down, or take it back."""
    if chosen is not None:
        word = Word(action=THUMBS[chosen], search_id=turn.search_ids[0], ask_id=turn.id)  # pyright: ignore[reportArgumentType]  # one of two literals
        service.feedback.give(word, asker)
    elif given is not None:
        service.feedback.withdraw(given.event_id, asker)


def _thumbs(service: Service, asker: Asker, turn: AnswerTurn, given: Event | None) -> None:
    key = f"thumb_{turn.id}"

    def changed() -> None:
        kindly(lambda: thumb(service, asker, turn, st.session_state[key], given))

    # What the log says holds, also where another window said it.
    st.session_state[key] = THUMBS.index(given.action) if given is not None else None
    st.feedback("thumbs", key=key, on_change=changed)


def _reason(service: Service, asker: Asker, turn: AnswerTurn, given: Event) -> None:
    key = f"reason_{given.action}_{turn.id}"

    def changed() -> None:
        word = Word(
            action=given.action,  # pyright: ignore[reportArgumentType]  # what was given is a thumb
            search_id=turn.search_ids[0],
            ask_id=turn.id,
            reason=st.session_state[key],
        )
        kindly(lambda: service.feedback.give(word, asker))

    said = str(given.attributes.get("reason", ""))
    asks = ASKS[given.action]
    st.text_input(
        asks,
        value=said,
        key=key,
        max_chars=LONGEST_REASON,
        placeholder=asks,
        label_visibility="collapsed",
        on_change=changed,
    )


def _copied(service: Service, asker: Asker, turn: AnswerTurn) -> Callable[[], None]:
    def note() -> None:
        if turn.search_ids and st.session_state[f"copy_{turn.id}"].act:
            word = Word(action="copy", search_id=turn.search_ids[0], ask_id=turn.id)
            kindly(lambda: service.feedback.give(word, asker))

    return note


def _edit(turn: str) -> None:
    st.session_state[EDITING] = turn


def _edited(service: Service, asker: Asker, turn: AnswerTurn, thread: str, key: str) -> None:
    question = str(st.session_state[key])
    if question.strip():
        st.session_state[EDITING] = ""
        ask_anew(service, asker, turn, question, thread)


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
