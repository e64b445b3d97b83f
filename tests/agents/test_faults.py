"""With an LLM: what it may say, and that none of its faults, nor any other, keeps an answer from coming."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, Self, cast

import pytest

from agents.assistant import Assistant
from agents.compose import FAILED
from agents.events import AnswerToken, Event
from agents.records import Answer
from hone.database import Database
from hone.errors import HoneError, in_words
from hone.log.asks import AskLog
from hone.records import SearchResult
from retriever.searching.searcher import Question, Searcher
from tests.agents.conftest import Company
from tests.agents.workplace import ANA, BO
from tests.llm_server import (
    Behaviour,
    LlmServer,
    answers,
    calls_tool,
    event,
    fails,
    hangs,
    never_ends,
    says,
    sends,
)

VPN = "How often is the VPN password changed?"
TWO = "How often is the VPN password changed? When does the parking garage open?"
PLANNING, WRITING = "You prepare searches", "You answer a question"
SECONDS = 4.0
FITTING = {"intent": "question", "standalone": TWO, "questions": ["VPN password", "parking garage open"]}

Open = Callable[..., Assistant]


@pytest.fixture
def opened(company: Company, llm_server: LlmServer) -> Iterator[Open]:
    """Open the company's assistant with the scripted LLM."""
    made: list[Assistant] = []

    def make(url: str = llm_server.url, timeout: float = 1.5) -> Assistant:
        settings = f'[llm]\nbase_url = "{url}"\nmodel = "scripted"\ntimeout = {timeout}\nmax_tokens = 64\n'
        made.append(Assistant(company(settings + f"[ask]\nseconds = {SECONDS}\n")))
        return made[-1]

    yield make
    for assistant in made:
        assistant.close()


def number_of(prompt: str, text: str) -> str:
    """Find the number under which a prompt gives a passage."""
    before = prompt[: prompt.index(text)]
    return before.rsplit("number=", 1)[1].split(">", 1)[0]


def test_an_answer_is_written_streamed_and_checked_with_one_call(opened: Open, llm_server: LlmServer) -> None:
    def written(call: Any) -> str:
        mark = number_of(call.prompt, "changed every 45 days")
        return (
            f"The VPN password is changed every 45 days [{mark}]. It is changed every 90 days [{mark}]. "
            f"The director Waldemar invented it [{mark}]. Tokens come from the helpdesk [9]. Everybody likes it."
        )

    llm_server.on(WRITING, says(written))
    heard: list[Event] = []
    assistant = opened()
    answer = assistant.ask(VPN, ANA, listen=heard.append)
    assert answer.verdict == "sufficient"
    assert answer.text.startswith("The VPN password is changed every 45 days")
    for dropped in ("90", "Waldemar", "[9]", "likes"):
        assert dropped not in answer.text
    assert len(answer.claims) == 5
    supports = [claim.support for claim in answer.claims]
    assert supports == ["quoted", "unsupported", "unsupported", "uncited", "uncited"]
    tokens = [event.text for event in heard if isinstance(event, AnswerToken)]
    assert [text.strip() for text in tokens] == [answer.text]  # what may be taken back is never shown
    kinds = [event.kind for event in heard]
    order = [kinds.index(kind) for kind in ("judged", "quoted", "token", "claim_checked", "answered")]
    assert order == sorted(order)
    assert len(llm_server.calls) == 1
    assert answer.degraded == ()
    (logged,) = AskLog(assistant.workspace.log_database).asks()
    assert logged.llm == "scripted"
    assert "write-" in logged.prompts
    assert [claim["support"] for claim in logged.claims] == [claim.support for claim in answer.claims]


def test_nothing_that_holds_makes_it_quote(opened: Open, llm_server: LlmServer) -> None:
    llm_server.on(WRITING, says("The moon is made of cheese [1]. Everybody knows that."))
    answer = opened().ask(VPN, ANA)
    assert answer.text.startswith("The VPN password is changed every 45 days.")
    assert [lost.stage for lost in answer.degraded] == ["check"]


def test_a_question_of_two_parts_is_planned_by_the_llm(opened: Open, llm_server: LlmServer) -> None:
    llm_server.on(PLANNING, answers(FITTING)).on(WRITING, says("The VPN password is changed every 45 days [1]."))
    assistant = opened()
    answer = assistant.ask(TWO, ANA)
    (logged,) = AskLog(assistant.workspace.log_database).asks()
    assert logged.plan["made_by"] == "scripted"
    assert [search["text"] for search in logged.searches][:3] == [TWO, *FITTING["questions"]]
    for what in (PLANNING, WRITING):
        assert sum(what in call.prompt for call in llm_server.calls) == 1
    assert answer.text


def test_an_llm_asks_back_once(opened: Open, llm_server: LlmServer) -> None:
    again: dict[str, Any] = {
        "intent": "unclear",
        "standalone": "parking",
        "questions": [],
        "ask_back": "Which garage do you mean?",
    }
    llm_server.on(PLANNING, answers(again)).on(WRITING, says("The parking garage opens at 06:30 [1]."))
    assistant = opened()
    first = assistant.ask(TWO, ANA)
    assert (first.verdict, first.text) == ("asks_back", "Which garage do you mean?")
    second = assistant.ask("the parking garage, when does it open", ANA, first.thread)
    assert second.verdict != "asks_back"
    assert second.search_ids


UNREADABLE = (
    event({"role": "assistant", "content": "The VPN "}).replace(b"VPN", b"\xff\xfe\xfa"),
    event({}, finish="stop"),
)
GERMAN = (
    "Das Kennwort für den Zugang wird von der Abteilung und von dem Dienst nicht mit der Hand geändert, "
    "sondern es ist für die Leute von dem System und wird mit einem Token zu der Zeit geändert. [1]"
)
FAULTS: dict[str, Behaviour] = {
    "timeout": hangs(20),
    "hangs half-way": hangs(20, event({"role": "assistant", "content": "The VPN password"})),
    "429": fails(429, "slow down", retry_after="30"),
    "429 soon": fails(429, "slow down", retry_after="0.05"),
    "500": fails(500),
    "truncated JSON": says('{"intent": "question", "standalone": "How of'),
    "wrong schema": says('{"intent": "dance", "steps": 4}'),
    "endless": never_ends(),
    "empty": says(""),
    "nothing at all": sends(b""),
    "invalid UTF-8": sends(*UNREADABLE),
    "tool call": calls_tool("delete_everything", "{}"),
    "ten times the tokens": says("word " * 640),
    "wrong language": says(GERMAN),
    "garbage": sends(b"data: {nonsense\n\n"),
}


def holds(answer: Answer, took: float) -> None:
    """What an asker gets whatever the LLM does."""
    assert took < SECONDS + 2.0, "over its budget by more than a busy machine explains"
    assert answer.citations or answer.closest
    assert "45 days" in answer.text
    assert answer.degraded
    assert all(lost.what and lost.instead for lost in answer.degraded)


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_llm_does_an_answer_comes_in_time(opened: Open, llm_server: LlmServer, fault: str) -> None:
    llm_server.always(FAULTS[fault])
    began = time.monotonic()
    heard: list[Event] = []
    answer = opened(timeout=0.5).ask(VPN, ANA, listen=heard.append)
    holds(answer, time.monotonic() - began)
    assert heard[-1].kind == "answered"
    assert "answer" in {lost.stage for lost in answer.degraded} or "check" in {lost.stage for lost in answer.degraded}


@pytest.mark.parametrize("fault", ["truncated JSON", "wrong schema", "tool call", "429", "empty", "invalid UTF-8"])
def test_whatever_the_planner_does_rules_plan_instead(opened: Open, llm_server: LlmServer, fault: str) -> None:
    llm_server.on(PLANNING, FAULTS[fault]).on(WRITING, FAULTS["500"])
    began = time.monotonic()
    answer = opened().ask(TWO, ANA)
    holds(answer, time.monotonic() - began)
    assert {"plan", "answer"} <= {lost.stage for lost in answer.degraded}


def test_an_llm_that_is_not_there_is_done_without(opened: Open) -> None:
    began = time.monotonic()
    holds(opened("http://127.0.0.1:9/v1").ask(TWO, ANA), time.monotonic() - began)


class Failing:
    """The search of a company of which some searches fail, as stores do."""

    def __init__(self, real: Searcher, failing: Callable[[str], bool], error: Exception, hang: float = 0.0) -> None:
        self.real, self.failing, self.error, self.hang = real, failing, error, hang

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    @contextmanager
    def held(self) -> Generator[Self]:
        with self.real.held() as real:
            yield type(self)(real, self.failing, self.error, self.hang)

    def search(self, question: Question) -> SearchResult:
        if self.failing(question.text):
            time.sleep(self.hang)
            raise self.error
        return self.real.search(question)


def with_searcher(assistant: Assistant, failing: Callable[[str], bool], error: Exception, hang: float = 0) -> Assistant:
    assistant.searcher = cast(Searcher, Failing(assistant.searcher, failing, error, hang))
    return assistant


def test_one_search_that_fails_takes_no_other_down(assistant: Assistant) -> None:
    answer = with_searcher(assistant, lambda text: text == TWO, OSError("disk")).ask(TWO, ANA)
    assert "45 days" in answer.text
    assert {lost.stage for lost in answer.degraded} == {"search"}
    (logged,) = AskLog(assistant.workspace.log_database).asks()
    assert [search["error"] for search in logged.searches if "error" in search] == [in_words(OSError())]


@pytest.mark.parametrize("error", [OSError("disk"), HoneError("The store is down.", hint="Start it.")])
def test_all_searches_failing_is_said(assistant: Assistant, error: Exception) -> None:
    answer = with_searcher(assistant, lambda _: True, error).ask(VPN, ANA)
    assert (answer.text, answer.verdict, answer.citations, answer.closest) == (FAILED, "insufficient", (), ())
    assert [lost.stage for lost in answer.degraded] == ["search"]


def test_a_search_that_hangs_costs_its_time_and_no_more(company: Company) -> None:
    assistant = Assistant(company("[ask]\nseconds = 1.0\n"))
    began = time.monotonic()
    answer = with_searcher(assistant, lambda _: True, OSError(), hang=6.0).ask(VPN, ANA)
    assert time.monotonic() - began < 5.0, "it waited for the search that hangs"
    assert answer.text == FAILED
    assert answer.degraded


def test_an_answer_that_breaks_off_is_quoted(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr("agents.answer.extract", broken)
    answer = assistant.ask(VPN, ANA)
    assert answer.text.startswith("The VPN password is changed every 45 days.")
    assert [(lost.stage, lost.what) for lost in answer.degraded] == [("ask", in_words(RuntimeError("a bug")))]
    assert "RuntimeError" in caplog.text


def test_a_log_that_fails_costs_the_trace_alone(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Any:
        raise HoneError("The disk is full.", hint="Make room.")

    monkeypatch.setattr(Database, "write", full)
    answer = assistant.ask(VPN, ANA)
    assert "45 days" in answer.text
    assert [(lost.stage, lost.what) for lost in answer.degraded] == [("log", "The disk is full.")]


def test_what_a_search_should_not_have_given_is_neither_said_nor_shown(assistant: Assistant) -> None:
    class Leaky(Failing):
        def search(self, question: Question) -> SearchResult:
            return self.real.search(Question(text=question.text, asker=BO, hits=question.hits))

    assistant.searcher = cast(Searcher, Leaky(assistant.searcher, lambda _: False, OSError()))
    for question in ("What is the Zanzibar severance budget?", "quetzalcoatl tungsten"):
        heard: list[Event] = []
        answer = assistant.ask(question, ANA, listen=heard.append)
        assert "quetzalcoatl" not in answer.text
        for shown in (answer.citations, answer.closest):
            assert "hr/severance.md" not in repr(shown)
