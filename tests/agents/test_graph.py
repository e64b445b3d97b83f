"""The wiring: which node follows which, what is side by side, and that the state does not say who asks."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast, get_type_hints

import pytest

from agents.assistant import Assistant
from agents.events import Event, Judged, Searching
from agents.graph import build_graph
from agents.state import State
from hone.log.asks import AskLog
from hone.records import Asker, SearchResult
from retriever.searching.searcher import Question, Searcher
from tests.agents.conftest import Company
from tests.agents.workplace import ANA

TWO = "How often is the VPN password changed? When does the parking garage open?"


class Watched:
    """A search that tells what it was asked, and can wait until several are under way."""

    def __init__(self, real: Searcher, before: Callable[[], object] = lambda: None) -> None:
        self.real, self.before = real, before
        self.asked: list[Question] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    @contextmanager
    def held(self) -> Generator["Watched"]:
        with self.real.held() as real:
            watched = Watched(real, self.before)
            watched.asked = self.asked
            yield watched

    def search(self, question: Question) -> SearchResult:
        self.asked.append(question)
        self.before()
        return self.real.search(question)


def watch(assistant: Assistant, before: Callable[[], object] = lambda: None) -> Watched:
    watched = Watched(assistant.searcher, before)
    assistant.searcher = cast(Searcher, watched)
    return watched


def test_the_nodes_are_wired_as_the_plan_says() -> None:
    drawn = build_graph(None).get_graph()
    edges = {(edge.source, edge.target) for edge in drawn.edges}
    assert edges == {
        ("__start__", "plan"),
        ("plan", "retrieve"),
        ("plan", "answer"),
        ("retrieve", "judge"),
        ("judge", "retrieve"),
        ("judge", "answer"),
        ("answer", "check"),
        ("check", "__end__"),
    }


def test_no_part_of_the_state_is_an_asker() -> None:
    hints = get_type_hints(State)
    assert not [name for name, kind in hints.items() if "Asker" in repr(kind) or "asker" in name or "group" in name]


def test_parts_are_searched_for_side_by_side(assistant: Assistant) -> None:
    arrived: list[int] = []
    both = threading.Event()

    def wait() -> None:
        arrived.append(1)
        if len(arrived) >= 2:
            both.set()
        assert both.wait(4.0), "no other search began while this one was under way"

    watch(assistant, wait)
    heard: list[Event] = []
    answer = assistant.ask("How often is the VPN password changed? How many days is leave?", ANA, listen=heard.append)
    searches = [event for event in heard if isinstance(event, Searching)]
    assert len(searches) >= 2
    assert answer.degraded == ()


def test_every_search_has_its_askers_groups_and_the_plans_filters(assistant: Assistant) -> None:
    watched = watch(assistant)
    asker = Asker(name="cy", groups=frozenset({"sales"}))
    answer = assistant.ask(TWO, asker)
    assert len(watched.asked) == len(answer.search_ids) >= 2
    assert all(question.asker == asker for question in watched.asked)


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_rounds_end_where_the_budget_says(company: Company, monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    from agents.records import SubQuestion

    def always(*_: object) -> tuple[SubQuestion, ...]:
        return (SubQuestion(id=f"q{len(heard) + 10}", text=f"garage {len(heard)}", reason="hop"),)

    monkeypatch.setattr("agents.judge.next_questions", always)
    assistant = Assistant(company(f"[ask]\nrounds = {rounds}\n"))
    heard: list[Event] = []
    answer = assistant.ask("When does the parking garage open?", ANA, listen=heard.append)
    assert [event.round for event in heard if isinstance(event, Judged)] == list(range(1, rounds + 1))
    assert len(answer.search_ids) == rounds
    assert "06:30" in answer.text
    (logged,) = AskLog(assistant.workspace.log_database).asks()
    assert [search["reason"] for search in logged.searches] == ["asked", *["hop"] * (rounds - 1)]
    assert all(search["text"] for search in logged.searches)
    assistant.close()


def test_nothing_is_sent_to_a_tracing_service(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    from langsmith import utils

    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "true")
    assistant.ask("When does the parking garage open?", ANA)
    enabled = cast(Callable[[], object], utils.tracing_is_enabled)  # pyright: ignore[reportUnknownMemberType]  # its own
    assert enabled() is False
