"""A question from beginning to end, with no LLM."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict

import pytest

from agents.assistant import Assistant
from agents.calibration import calibration_file
from agents.compose import FAILED, NOTHING, UNCLEAR
from agents.events import Answered, Event
from agents.records import Plan
from hone.errors import UsageError
from hone.log.asks import AskLog, LoggedAsk
from hone.records import Asker
from hone.workspace import Workspace
from retriever.library.library import Library
from tests.agents.conftest import Company
from tests.agents.workplace import ANA, BO, SECRET


def newest(assistant: Assistant) -> LoggedAsk:
    return AskLog(assistant.workspace.log_database).asks(limit=1)[0]


def test_an_answer_is_quoted_to_the_letter_and_everything_of_it_is_in_the_log(assistant: Assistant) -> None:
    heard: list[Event] = []
    answer = assistant.ask("How often is the VPN password changed?", ANA, listen=heard.append)
    assert answer.verdict == "sufficient"
    assert answer.text.startswith("The VPN password is changed every 45 days.")
    (citation,) = answer.citations
    text = assistant.searcher.library.text(citation.document)
    assert text[citation.start : citation.end] == citation.quote
    assert (citation.document, citation.url) == ("wiki/vpn.md", "https://wiki.example/vpn.md")
    assert [event.kind for event in heard] == ["planned", "searching", "found", "judged", "claim_checked", "answered"]
    assert isinstance(heard[-1], Answered)
    assert heard[-1].answer == answer
    assert (answer.degraded, answer.closest) == ((), ())

    logged = newest(assistant)
    live = assistant.workspace.registry.live()
    assert live is not None
    assert (logged.ask_id, logged.thread, logged.client_id) == (answer.ask_id, answer.thread, "ana")
    assert (logged.question, logged.text, logged.verdict) == (answer.question, answer.text, "sufficient")
    assert (logged.model, logged.generation) == (live.model.id, live.id)
    assert (logged.llm, logged.prompts) == ("", "")
    assert logged.plan["questions"][0]["text"] == answer.question
    (search,) = logged.searches
    assert (search["id"], search["reason"], search["search_id"]) == ("q1", "asked", answer.search_ids[0])
    assert assistant.workspace.log.search(search["search_id"]).search.groups == ANA.groups
    assert logged.evidence[0] == citation.passage
    assert logged.search_ids == answer.search_ids
    assert logged.claims[0]["citations"] == [{**asdict(citation), "modified": citation.modified.isoformat()}]
    assert AskLog(assistant.workspace.log_database).ask(answer.ask_id) == logged
    assert 0.5 < logged.probability < 1
    assert logged.signals["matched"] > 0
    assert {"plan", "search", "judge", "answer", "check", "total"} == set(logged.took_ms)
    assert logged.degraded == ()


def test_each_search_is_logged_with_why_it_was_made(assistant: Assistant) -> None:
    answer = assistant.ask("How often is the VPN password changed? When does the parking garage open?", ANA)
    log = assistant.workspace.log
    made = {name: log.search(name).search for name in answer.search_ids}
    reasons = [item["reason"] for item in AskLog(assistant.workspace.log_database).ask(answer.ask_id).searches]
    assert {search.ask_id for search in made.values()} == {answer.ask_id}
    assert [search.origin for search in made.values()] == ["typed", *reasons[1:]]
    assert "part" in reasons
    assert [search.query for search in log.searches()] == [answer.question]


def test_documents_of_two_dates_are_shown_as_a_conflict(assistant: Assistant) -> None:
    answer = assistant.ask("How often are laptops exchanged?", ANA)
    assert answer.verdict == "conflicting"
    assert {citation.document for citation in answer.citations} >= {"wiki/laptops-2024.md", "wiki/laptops-2026.md"}
    for part in ("36 months", "48 months", "01 February 2024", "01 February 2026"):
        assert part in answer.text
    dates = {citation.number: f"{citation.modified:%d %B %Y}" for citation in answer.citations}
    (conflict,) = answer.conflicts
    assert (dates[conflict.older], dates[conflict.newer]) == ("01 February 2024", "01 February 2026")
    assert answer.text.endswith(answer.body)
    assert not any(date in answer.body for date in dates.values()), "the text tells the conflict, the body doesn't"
    logged = newest(assistant)
    assert (logged.body, logged.conflicts, logged.missing) == (answer.body, (asdict(conflict),), ())


def test_what_the_documents_do_not_hold_is_said_and_never_guessed(assistant: Assistant) -> None:
    answer = assistant.ask("What is the melting point of tungsten carbide?", ANA)
    assert (answer.verdict, answer.text, answer.citations, answer.claims) == ("insufficient", NOTHING, (), ())
    assert answer.closest
    assert newest(assistant).evidence


def test_the_closest_documents_keep_the_searchs_own_order(assistant: Assistant) -> None:
    answer = assistant.ask("What is the melting point of the canteen's password?", ANA)
    fused = assistant.workspace.log.search(answer.search_ids[0]).search.stages["fused"]
    library = Library(assistant.workspace.database)
    placed = library.place([name for name, _ in fused])
    found = list(dict.fromkeys(placed[name].document.id for name, _ in fused))
    assert answer.verdict in ("insufficient", "best_match")
    assert [hit.document for hit in answer.closest] == found[:3]


def test_what_one_may_not_read_answers_those_alone_who_may(assistant: Assistant) -> None:
    question = "What is the Zanzibar severance budget?"
    heard: list[Event] = []
    outside = assistant.ask(question, ANA, listen=heard.append)
    assert outside.verdict in ("insufficient", "best_match")
    for told in (outside, heard, newest(assistant)):
        assert "quetzalcoatl" not in repr(told)
        assert "hr/severance.md" not in repr(told)
    inside = assistant.ask(question, BO)
    assert SECRET in inside.text


@pytest.mark.parametrize(
    ("question", "verdict"),
    [("hello", "greeting"), ("thanks!", "greeting"), ("write me a poem about the sea", "out_of_scope")],
)
def test_what_is_no_question_is_not_searched_for(assistant: Assistant, question: str, verdict: str) -> None:
    answer = assistant.ask(question, ANA)
    assert (answer.verdict, answer.search_ids, answer.citations) == (verdict, (), ())
    assert answer.text
    assert newest(assistant).verdict == verdict


def test_it_asks_back_once_and_no_more(assistant: Assistant) -> None:
    first = assistant.ask("what about it", ANA)
    assert (first.verdict, first.search_ids) == ("asks_back", ())
    assert first.text.endswith("?")
    second = assistant.ask("and?", ANA, first.thread)
    assert second.verdict != "asks_back"
    assert second.text


def planning(plan: Plan) -> Callable[..., Plan]:
    def made(*_: object) -> Plan:
        return plan

    return made


def test_a_plan_that_can_neither_search_nor_ask_ends_cleanly(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(intent="unclear", standalone="and?", questions=())
    monkeypatch.setattr("agents.plan.plan_by_rules", planning(plan))
    answer = assistant.ask("and?", ANA)
    assert (answer.text, answer.verdict, answer.degraded, answer.search_ids) == (UNCLEAR, "insufficient", (), ())
    monkeypatch.setattr("agents.plan.plan_by_rules", planning(Plan(intent="question", standalone="x", questions=())))
    assert assistant.ask("x", ANA).text == FAILED


def test_a_follow_up_is_understood_from_its_conversation(assistant: Assistant) -> None:
    first = assistant.ask("How many days of annual leave do full-time staff receive?", ANA)
    assert "28 days" in first.text
    alone = assistant.ask("how often is it?", ANA)
    followed = assistant.ask("and how often are those of the garage?", ANA, first.thread)
    assert followed.thread == first.thread != alone.thread
    plan = newest(assistant).plan
    assert "leave" in plan["standalone"]
    assert "leave" not in plan["questions"][-1]["text"]
    assert alone.verdict != "sufficient"


def test_several_asks_at_once_keep_apart(assistant: Assistant) -> None:
    questions = {
        "How often is the VPN password changed?": "45 days",
        "How many days of annual leave do staff receive?": "28 days",
        "When does the parking garage open?": "06:30",
    }

    async def ask(question: str) -> str:
        last = [event async for event in assistant.stream(question, ANA)][-1]
        assert isinstance(last, Answered)
        return last.answer.text

    async def run() -> list[str]:
        return list(await asyncio.gather(*map(ask, questions)))

    for text, expected in zip(asyncio.run(run()), questions.values(), strict=True):
        assert expected in text


def test_a_stream_that_nobody_hears_to_its_end_is_logged_as_far_as_it_came(assistant: Assistant) -> None:
    async def run() -> None:
        events = assistant.stream("How often is the VPN password changed?", ANA)
        async for event in events:
            if event.kind == "found":
                break
        await events.aclose()

    asyncio.run(run())
    logged = newest(assistant)
    assert (logged.question, logged.verdict) == ("How often is the VPN password changed?", "insufficient")
    assert logged.plan["questions"]


def test_whoever_turned_the_log_off_has_none_of_asks_either(company: Company) -> None:
    assistant = Assistant(company("[search]\nlog = false\n"))
    assert "45 days" in assistant.ask("How often is the VPN password changed?", Asker()).text
    assert AskLog(assistant.workspace.log_database).asks() == []
    assistant.close()


def test_an_empty_question_and_an_empty_workspace_say_what_to_do(
    assistant: Assistant, make_workspace: Callable[..., Workspace]
) -> None:
    with pytest.raises(UsageError, match="empty"):
        assistant.ask(" ", ANA)
    bare = Assistant(make_workspace(name="bare"))
    answer = bare.ask("How often is the VPN password changed?", ANA)
    assert (answer.text, answer.verdict, answer.citations, answer.closest) == (FAILED, "insufficient", (), ())
    (lost,) = answer.degraded
    assert lost.stage == "search"
    assert "hone documents add FOLDER" in lost.what
    assert newest(bare).degraded[0]["what"] == lost.what
    assert bare.ask("hello", ANA).verdict == "greeting"
    bare.close()


@pytest.mark.parametrize("text", ["", "{", '{"version": 0}', "\xff"])
def test_a_calibration_that_is_broken_costs_itself_alone(assistant: Assistant, text: str) -> None:
    live = assistant.workspace.registry.live()
    assert live is not None
    file = calibration_file(assistant.workspace, live.model.card.hash)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode("latin-1"))
    answer = assistant.ask("How often is the VPN password changed?", ANA)
    assert answer.verdict == "sufficient"
    assert "every 45 days" in answer.text
    (lost,) = answer.degraded
    assert (lost.stage, str(file) in lost.what, "hone calibrate" in lost.instead) == ("calibration", True, True)


def test_a_very_long_question_is_answered(assistant: Assistant) -> None:
    answer = assistant.ask("please " * 3000 + "How often is the VPN password changed?", ANA)
    assert answer.verdict in ("sufficient", "best_match", "insufficient")
    assert answer.degraded == ()
    assert answer.citations or answer.closest
