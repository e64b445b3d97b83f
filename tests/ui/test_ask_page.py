"""The Ask page in every state, on a real service; the components' data is read as the browser would get it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from hone.errors import TooManyError
from hone.records import Asker
from hone.workspace import Workspace
from service.runs import Run
from service.service import Service
from tests.agents.workplace import ANA, BO
from tests.llm_server import LlmServer, fails, hangs, says
from tests.service.scripted import Scripted
from tests.ui.opened import open_page, words
from ui.answer.data import TITLES
from ui.answer.steps import STAGES
from ui.answer.turn import AnswerTurn
from ui.parts import turns
from ui.parts.conversations import conversation_of, relative_day
from ui.parts.opened import passage_data
from ui.safe import plain

VPN = "How often is the VPN password changed?"
LAPTOPS = "How often are laptops exchanged?"
UNKNOWN = "What is the melting point of tungsten carbide?"


def drawn(page: AppTest) -> list[dict[str, Any]]:
    """Give what the answer components of a page draw, in order."""
    found = [element.proto for element in page.get("bidi_component")]  # pyright: ignore[reportAttributeAccessIssue]
    return [json.loads(proto.json) for proto in found if proto.component_name == "hone_answer"]


def asked(service: Service, question: str, asker: Asker = ANA, thread: str = "") -> Run:
    """Ask, and wait for the answer."""
    run = service.ask(question, asker, thread)
    for _ in run.tail():
        pass
    return run


def opened(service: Service, run: Run) -> AppTest:
    """Open the conversation of a run."""
    page = open_page("ask_page", service, run.asker, thread=run.thread)
    assert not page.exception
    return page


def test_an_empty_page_greets_and_suggests_what_the_asker_may_read(service: Service) -> None:
    page = open_page("ask_page", service, ANA)
    offered = [option.content for option in page.pills[0].proto.options]  # pyright: ignore[reportAttributeAccessIssue]
    assert page.title[0].value.endswith("?")
    assert "Laptop renewal 2026" in offered
    assert "Severance budget" not in offered
    assert len(offered) == 4


def test_a_suggestion_is_asked(service: Service) -> None:
    page = open_page("ask_page", service, ANA)
    page.pills[0].set_value("Annual leave").run()  # pyright: ignore[reportAttributeAccessIssue]
    assert not page.exception
    (turn,) = service.conversations.turns(page.query_params["thread"], ANA)  # pyright: ignore[reportArgumentType]
    assert turn.question == "Annual leave"
    assert len(drawn(page)) == 1


def test_a_question_is_answered_and_the_address_names_its_conversation(service: Service) -> None:
    page = open_page("ask_page", service, ANA)
    page.chat_input[0].set_value(VPN).run()
    (answer,) = drawn(page)
    assert answer["verdict"] == "sufficient"
    assert answer["blocks"][0]["runs"][-1] == {"cite": 0}
    assert answer["sources"][0]["where"] == "wiki/vpn.md"
    assert page.status[0].label.startswith("1 search in")
    assert page.status[0].state == "complete"
    assert [thread.id for thread in service.conversations.of(ANA)] == [page.query_params["thread"]]


def test_a_reload_shows_the_same_and_a_follow_up_comes_after_it(service: Service) -> None:
    run = asked(service, VPN)
    first = opened(service, run)
    page = opened(service, run)
    assert drawn(page) == drawn(first)
    page.chat_input[0].set_value("and how often are laptops exchanged?").run()
    assert not page.exception
    assert ["45" in str(drawn(page)[0]), "48" in str(drawn(page)[1])] == [True, True]
    assert [button.label for button in page.button].count("Retry") == 1


def test_an_answer_under_way_is_picked_up_whole_and_once(
    company: Callable[..., Workspace], llm_server: LlmServer
) -> None:
    llm_server.always(says("The VPN password is changed every 45 days. [1]", pause=0.02))
    with_llm = Service(company(_llm(llm_server)))
    try:
        run = with_llm.ask(VPN, ANA)
        run.wait(3, 10.0)
        assert not run.ended
        page = opened(with_llm, run)
        (answer,) = drawn(page)
        assert run.ended
        assert "45 days" in str(answer["blocks"])
        assert len(drawn(opened(with_llm, run))) == 1
    finally:
        with_llm.close()


def test_a_degraded_answer_says_what_was_done_instead(company: Callable[..., Workspace], llm_server: LlmServer) -> None:
    llm_server.always(fails(400, "no such model"))
    with_llm = Service(company(_llm(llm_server)))
    try:
        (answer,) = drawn(opened(with_llm, asked(with_llm, VPN)))
        assert any(STAGES["answer"] in line for line in answer["degraded"])
        assert "45 days" in str(answer["blocks"])
    finally:
        with_llm.close()


def test_a_stopped_answer_says_so_and_stays_so_when_more_is_asked(
    company: Callable[..., Workspace], llm_server: LlmServer
) -> None:
    llm_server.on("VPN password changed?", hangs(20.0))
    llm_server.always(says("Laptops are exchanged every 48 months instead of 36. [1]"))
    with_llm = Service(company(_llm(llm_server)))
    try:
        run = with_llm.ask(VPN, ANA)
        run.wait(0, 10.0)
        run.stop()
        page = opened(with_llm, run)
        assert drawn(page)[0]["note"]["title"] == TITLES["stopped"]
        assert page.status[0].label == "Stopped"
        asked(with_llm, LAPTOPS, thread=run.thread)
        assert drawn(opened(with_llm, run))[0]["verdict"] == "stopped"
    finally:
        with_llm.close()


def test_a_conflict_shows_both_sides(service: Service) -> None:
    (answer,) = drawn(opened(service, asked(service, LAPTOPS)))
    assert answer["verdict"] == "conflicting"
    assert [side["date"] for side in answer["sides"]] == ["1 Feb 2026", "1 Feb 2024"]


def test_what_the_documents_do_not_tell_is_said_with_the_closest(service: Service) -> None:
    run = asked(service, UNKNOWN)
    (answer,) = drawn(opened(service, run))
    assert answer["note"]["tone"] == "grey"
    assert run.answer is not None
    assert len(answer["closest"]) == len(run.answer.closest) > 0
    assert answer["blocks"] == []


def test_a_greeting_needs_no_search_and_takes_no_thumb(service: Service) -> None:
    page = opened(service, asked(service, "hello"))
    assert drawn(page)[0]["note"] is None
    assert not page.feedback
    assert page.status[0].label.startswith("Answered in")


def test_who_asks_decides_what_is_shown_also_later(service: Service) -> None:
    run = asked(service, "What is the Zanzibar severance budget?", BO)
    assert "quetzalcoatl" in str(drawn(opened(service, run)))
    moved = Asker(name=BO.name)  # not in the group any more
    page = open_page("ask_page", service, moved, thread=run.thread)
    (answer,) = drawn(page)
    assert "quetzalcoatl" not in str(answer)
    assert "everance" not in str({**answer, "question": ""})
    assert answer["hidden"]
    assert "quetzalcoatl" not in str([element.proto for element in page.get("bidi_component")])  # pyright: ignore[reportAttributeAccessIssue]


def test_somebody_elses_conversation_does_not_exist(service: Service) -> None:
    run = asked(service, VPN)
    theirs = open_page("ask_page", service, BO, thread=run.thread)
    nobodys = open_page("ask_page", service, BO, thread="0" * 32)
    assert words(theirs) == words(nobodys)
    assert "Conversation not found" in words(theirs)
    assert not theirs.chat_input


def test_a_failure_is_told_with_a_way_to_try_again(company: Callable[..., Workspace]) -> None:
    scripted = Service(company("[serve]\nper_minute = 6000\n"), Scripted(company()).as_assistant())
    try:
        run = asked(scripted, "please fail")
        page = open_page("ask_page", scripted, ANA, thread=run.thread)
        assert "The index is gone" in words(page)
        assert "Build it anew" in words(page)
        page.button(key="hone_try_again").click().run()
        assert not page.exception
        assert scripted.runs.of_thread(run.thread, ANA) is not run
    finally:
        scripted.runs.close()


def test_too_many_questions_are_refused_in_words(company: Callable[..., Workspace]) -> None:
    limited = Service(company("[serve]\nper_minute = 4\n"))
    try:
        asked(limited, "hello")
        page = open_page("ask_page", limited, ANA)
        page.chat_input[0].set_value(VPN).run()
        assert not page.exception
        with pytest.raises(TooManyError) as refused:
            limited.rate.take(ANA.name)
        assert plain(refused.value.message) in words(page)
        assert not drawn(page)
    finally:
        limited.close()


def test_a_thumb_is_written_at_once_with_its_reason_and_survives_a_reload(service: Service) -> None:
    run = asked(service, VPN)
    page = opened(service, run)
    page.feedback[0].set_value(0).run()
    page.text_input[0].set_value("It is 30 days by now").run()
    assert run.answer is not None
    (event,) = service.feedback.given(ANA, run.answer.search_ids)
    assert (event.action, event.attributes["reason"]) == ("thumb_down", "It is 30 days by now")
    assert (event.attributes["ask_id"], event.search_id) == (run.answer.ask_id, run.answer.search_ids[0])
    again = opened(service, run)
    assert again.feedback[0].value == 0
    assert again.text_input[0].value == "It is 30 days by now"


def test_a_thumb_is_replaced_and_withdrawn(service: Service) -> None:
    run = asked(service, VPN)
    page = opened(service, run)
    page.feedback[0].set_value(0).run()
    page.feedback[0].set_value(1).run()
    assert run.answer is not None
    assert [event.action for event in service.feedback.given(ANA, run.answer.search_ids)] == ["thumb_up"]
    page.feedback[0].set_value(None).run()
    assert service.feedback.given(ANA, run.answer.search_ids) == []
    assert opened(service, run).feedback[0].value is None


def test_an_edited_question_is_asked_anew_and_noted(service: Service) -> None:
    run = asked(service, UNKNOWN)
    page = opened(service, run)
    assert run.answer is not None
    page.button(key=f"edit_{run.answer.ask_id}").click().run()
    assert page.text_area[0].value == UNKNOWN
    page.text_area[0].set_value(VPN)
    next(button for button in page.button if button.label == "Ask").click().run()
    assert not page.exception
    assert [answer["verdict"] for answer in drawn(page)] == ["insufficient", "sufficient"]
    (event,) = service.workspace.log.events(person=ANA.name, actions=["reformulate"])
    assert (event.search_id, event.attributes["ask_id"]) == (run.answer.search_ids[0], run.answer.ask_id)


def test_retry_asks_the_same_in_the_same_conversation(service: Service) -> None:
    run = asked(service, VPN)
    page = opened(service, run)
    assert run.answer is not None
    page.button(key=f"retry_{run.answer.ask_id}").click().run()
    assert [ask.question for ask in service.conversations.turns(run.thread, ANA)] == [VPN, VPN]
    assert service.workspace.log.events(person=ANA.name, actions=["reformulate"]) == []


def test_conversations_are_listed_opened_and_deleted(service: Service) -> None:
    first, second = asked(service, VPN), asked(service, "hello")
    page = open_page("ask_page", service, ANA)
    page.button(key=f"go_{first.thread}").click().run()
    assert page.query_params["thread"] == first.thread
    page.button(key=f"delete_{first.thread}").click().run()
    page.button(key="hone_delete").click().run()
    assert [thread.id for thread in service.conversations.of(ANA)] == [second.thread]
    assert "thread" not in page.query_params


def test_a_source_is_opened_and_called_right_and_not_any_more(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asked(service, VPN)
    conversation = conversation_of(service, ANA, run.thread)
    turn: AnswerTurn = conversation.turns[0]
    shown: list[Any] = []
    monkeypatch.setattr(turns, "open_passage", shown.append)  # what the page does with it, the browser's tests see
    turns.act(service, ANA, conversation, turn, {"kind": "open", "cite": 0})
    (event,) = service.workspace.log.events(person=ANA.name, actions=["open"])
    shown_there = service.workspace.log.search(event.search_id).search.shown
    assert event.object_id == turn.claims[0].citations[0].passage
    assert event.ordinal == 1 + shown_there.index(event.object_id), "the search's rank, not the citation's number"
    assert event.attributes["ask_id"] == turn.id
    view = service.view(shown[0].document, ANA, shown[0].start, shown[0].end)
    assert "changed every 45 days" in passage_data(view)["marked"]
    assert passage_data(view)["link"] == "https://wiki.example/vpn.md#vpn-access"

    turns.act(service, ANA, conversation, turn, {"kind": "relevant", "cite": 0})
    assert drawn(opened(service, run))[0]["sources"][0]["relevant"] is True
    conversation = conversation_of(service, ANA, run.thread)
    turns.act(service, ANA, conversation, turn, {"kind": "relevant", "cite": 0})
    assert drawn(opened(service, run))[0]["sources"][0]["relevant"] is False


def test_what_an_answer_is_told_to_do_is_checked(service: Service) -> None:
    run = asked(service, VPN)
    conversation = conversation_of(service, ANA, run.thread)
    for pointed in ({}, {"kind": "open", "cite": 99}, {"kind": "open", "cite": "0"}, {"kind": "x", "cite": 0}):
        turns.act(service, ANA, conversation, conversation.turns[0], pointed)
    assert service.workspace.log.events(person=ANA.name) == []


def test_days_are_said_as_people_remember_them() -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 11, 20, 8, tzinfo=UTC)
    hours = (1, 20, 24 * 4, 24 * 20, 24 * 200)
    said = [relative_day(now.timestamp() - hour * 3600, now) for hour in hours]
    assert said == ["Today", "Yesterday", "This week", "This month", "Earlier"]


@pytest.fixture
def llm_server() -> Iterator[LlmServer]:
    server = LlmServer()
    yield server
    server.stop()


def _llm(server: LlmServer) -> str:
    return f'[serve]\nper_minute = 6000\n[llm]\nmodel = "scripted"\nbase_url = "{server.url}"\ntimeout = 10\n'
