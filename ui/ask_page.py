"""The Ask page: a conversation, with every answer's sources a click away."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from hone.records import Asker, Document
from retriever.searching.searcher import LONGEST_QUERY
from service.runs import Run
from service.service import Service
from ui.parts.asking import THREAD, begin, show_error, show_trouble
from ui.parts.components import put_style
from ui.parts.conversations import ShownConversation, conversation_of, go_to, show_conversations
from ui.parts.live import show_run
from ui.parts.opened import show_opened
from ui.parts.turns import fill, show_turn
from ui.safe import plain, short

CHOSEN = "hone_suggestion"
OFFERED = 4
LOOKED_AT = 200  # of the documents changed last
FRESH = 600  # seconds for which suggestions are kept
PROSE = frozenset({"md", "html", "htm", "docx", "pdf", "rst", "adoc", "txt"})
LONGEST = 44  # characters of a title that fits a chip
ASKED = "hone_asked"


def suggestions(service: Service, asker: Asker) -> list[str]:
    """Suggest a few questions that somebody with the asker's groups can be answered."""
    groups = ",".join(sorted(asker.groups))
    return _suggested(service, asker, str(service.workspace.home), groups, service.library.revision())


def show_suggestions(service: Service, asker: Asker, ask: Callable[[str], None]) -> None:
    """Offer suggestions, and ask the one that is chosen."""
    offered = suggestions(service, asker)
    if not offered:
        return
    st.caption("Recently updated")
    st.pills(
        "Suggestions",
        offered,
        key=CHOSEN,
        format_func=plain,
        label_visibility="collapsed",
        on_change=lambda: ask(str(st.session_state[CHOSEN] or "")),
    )


@st.cache_data(ttl=FRESH, max_entries=200, show_spinner=False)
def _suggested(_service: Service, _asker: Asker, home: str, groups: str, revision: int) -> list[str]:  # noqa: ARG001  # the names without _ are the cache's key
    documents = [found for found in _service.library.recent(LOOKED_AT) if _asker.may_read(found.groups)]
    return [question_of(document) for document in varied(documents)[:OFFERED]]


def varied(documents: Sequence[Document]) -> list[Document]:
    """Put documents so that the first ones come from different folders; prose with a short title only."""
    good = [found for found in documents if found.kind in PROSE and 3 < len(found.title) <= LONGEST]
    seen: dict[str, int] = {}
    turns: list[tuple[int, int, Document]] = []
    for place, document in enumerate(good):
        folder = f"{document.source}/{document.path.rpartition('/')[0]}"
        seen[folder] = seen.get(folder, 0) + 1
        turns.append((seen[folder], place, document))
    return [document for *_, document in sorted(turns, key=lambda turn: turn[:2])]


def question_of(document: Document) -> str:
    """Make a question of a title: what a site's name adds to it is left out."""
    return short(document.title.partition(" - ")[0], LONGEST)


def page(service: Service, asker: Asker) -> None:
    """Draw the Ask page."""
    put_style()
    thread = st.query_params.get(THREAD, "")
    show_conversations(service, asker, thread)
    if thread:
        _conversation(service, asker, thread)
    else:
        _welcome(service, asker)


def _welcome(service: Service, asker: Asker) -> None:
    """Draw the empty page: a greeting, the question box, and what one might ask."""
    with st.container(key="hone_welcome"):
        st.title(f"What would you like to know{_called(service, asker)}?", anchor=False)
        st.caption("Answers come only from documents you have access to, with sources.")
        _box(service, asker, "", "Ask anything about your company’s documents")
        show_suggestions(service, asker, partial(begin, service, asker))
        show_trouble(service, asker, "")


def _conversation(service: Service, asker: Asker, thread: str) -> None:
    """Draw a conversation: what was said, and what is being said."""
    conversation = conversation_of(service, asker, thread)
    nothing = not conversation.turns and conversation.running is None and conversation.failed is None
    if nothing and all(known.id != thread for known in service.conversations.of(asker)):
        _missing()
        return
    _heading(conversation)
    _box(service, asker, thread, "Ask a follow-up")
    show_opened(service, asker)
    for turn in conversation.turns:
        show_turn(service, asker, thread, conversation, turn)
    if failed := conversation.failed:
        assert failed.error is not None
        show_error(service, asker, failed.question, thread, failed.error)
    show_trouble(service, asker, thread)
    if conversation.running is not None:
        show_run(conversation.running, partial(_ended, service, asker, conversation.running))


def _ended(service: Service, asker: Asker, run: Run, slot: Any, actions: Any) -> None:
    """Put what a run came to into the places where it was being made, so that nothing moves."""
    conversation: ShownConversation = conversation_of(service, asker, run.thread)
    if run.error is not None:
        slot.empty()
        with actions.container():
            show_error(service, asker, run.question, run.thread, run.error)
    elif conversation.turns:
        fill(service, asker, run.thread, conversation, conversation.turns[-1], (slot, actions))


def _box(service: Service, asker: Asker, thread: str, placeholder: str) -> None:
    def asked() -> None:
        begin(service, asker, str(st.session_state[ASKED] or ""), thread)

    st.chat_input(placeholder, key=ASKED, max_chars=LONGEST_QUERY, submit_mode="disable", on_submit=asked)


def _heading(conversation: ShownConversation) -> None:
    """Put a heading on the page for screen readers; everyone else sees the first question."""
    under_way = [run.question for run in (conversation.failed, conversation.running) if run is not None]
    questions = [*(turn.question for turn in conversation.turns), *under_way]
    if questions:
        with st.container(key="hone_heading"):
            st.title(plain(questions[0]), anchor=False)


def _missing() -> None:
    with st.container(key="hone_welcome"):
        st.title("Conversation not found", anchor=False)
        st.caption("It may have been deleted, or it belongs to someone else.")
        st.button("Start a new conversation", on_click=go_to, args=("",), type="primary", key="hone_start")


def _called(service: Service, asker: Asker) -> str:
    """Find the name to greet somebody by, if the settings have one."""
    name = next((each.name for each in service.people.everybody() if each.id == asker.name != each.name), "")
    return f", {plain(name.split()[0])}" if name else ""
