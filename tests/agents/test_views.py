"""What an LLM is asked for besides plan and answer: only where it may cost something, never to an answer's harm."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from agents.assistant import Assistant
from agents.calibration import AnswerCalibration, packaged_calibration
from agents.events import Event, Judged
from agents.fitted import save_fit
from agents.records import Answer
from hone.log.asks import AskLog
from tests.agents.conftest import Company
from tests.agents.workplace import ANA
from tests.llm_server import Behaviour, Call, LlmServer, answers, event, fails, hangs, says, sends

VPN = "How often is the VPN password changed?"
TWO = "How often is the VPN password changed? When does the parking garage open?"
PLANNING, VIEWING, CHECKING, WRITING = (
    "You prepare searches",
    "You judge whether passages",
    "You check claims",
    "You answer a question",
)
PLAN = {"intent": "question", "standalone": TWO, "questions": [TWO]}
Open = Callable[..., Assistant]


def unsure() -> AnswerCalibration:
    """A calibration that leaves every question open."""
    return replace(packaged_calibration(), sufficient=0.999999, best_match=0.000001)


@pytest.fixture
def opened(company: Company, llm_server: LlmServer) -> Iterator[Open]:
    """Open the company's assistant with the scripted LLM and a calibration that is never sure."""
    made: list[Assistant] = []

    def make(calls: int = 8, timeout: float = 10.0) -> Assistant:
        settings = f'[llm]\nbase_url = "{llm_server.url}"\nmodel = "scripted"\ntimeout = {timeout}\n'
        workspace = company(f"{settings}[ask]\nllm_calls = {calls}\nseconds = 20\n")
        live = workspace.registry.live()
        assert live is not None
        folder = workspace.home / "calibrations"
        folder.mkdir()
        save_fit(unsure(), folder / f"{live.model.card.hash[:16]}.json")
        made.append(Assistant(workspace))
        return made[-1]

    llm_server.on(PLANNING, answers(PLAN))
    yield make
    for assistant in made:
        assistant.close()


def citing(text: str, *, of: str = "changed every 45 days") -> Behaviour:
    """Write a text whose NUMBER is that of the passage which holds some words."""

    def written(call: Call) -> str:
        before = call.prompt[: call.prompt.index(of)]
        return text.replace("NUMBER", before.rsplit("number=", 1)[1].split(">", 1)[0])

    return says(written)


def asked(server: LlmServer, what: str) -> int:
    return sum(what in call.prompt for call in server.calls)


def view(**fields: Any) -> Behaviour:
    return answers({"verdict": "partial", "answering": [], "conflicting": [], "missing": [], **fields})


@pytest.mark.parametrize(
    ("given", "verdict", "missing"),
    [
        ({"verdict": "sufficient"}, "sufficient", ()),
        ({"verdict": "partial", "missing": ["the opening hours"]}, "partial", ("the opening hours",)),
        ({"verdict": "insufficient", "missing": ["all of it"]}, "insufficient", ("all of it",)),
        ({"verdict": "conflicting", "conflicting": [1]}, "partial", ()),
    ],
)
def test_a_view_decides_where_the_signals_do_not(
    opened: Open, llm_server: LlmServer, given: dict[str, Any], verdict: str, missing: tuple[str, ...]
) -> None:
    llm_server.on(VIEWING, view(**given)).on(WRITING, citing("The VPN password is changed every 45 days [NUMBER]."))
    heard: list[Event] = []
    assistant = opened()
    answer = assistant.ask(TWO, ANA, listen=heard.append)
    last = [one for one in heard if isinstance(one, Judged)][-1].sufficiency
    assert (answer.verdict, last.missing, answer.degraded) == (verdict, missing, ())
    assert asked(llm_server, VIEWING) == 1
    assert ("45 days" in answer.text) == (verdict != "insufficient")
    told = missing if verdict == "partial" else ()
    assert answer.missing == told
    assert (answer.body == answer.text) == (not told)
    (logged,) = AskLog(assistant.workspace.log_database).asks()
    assert (logged.body, logged.missing) == (answer.body, told)
    assert 0 <= logged.signals["llm_view"] <= 1


def test_two_documents_in_conflict_are_shown_with_their_dates(opened: Open, llm_server: LlmServer) -> None:
    def both(call: Call) -> dict[str, Any]:
        numbers = [
            int(call.prompt[: call.prompt.index(title)].rsplit("number=", 1)[1].split(">")[0])
            for title in ("Laptop renewal 2024", "Laptop renewal 2026")
        ]
        return {"verdict": "conflicting", "conflicting": numbers, "answering": [], "missing": []}

    llm_server.on(VIEWING, answers(both)).on(WRITING, fails(500))
    answer = opened().ask("Is the laptop renewal of 2024 or of 2026? And also when does the garage open?", ANA)
    assert answer.verdict == "conflicting"
    assert "01 February 2024" in answer.text
    assert "01 February 2026" in answer.text


def test_a_plain_question_costs_one_call_whatever_is_open(opened: Open, llm_server: LlmServer) -> None:
    llm_server.on(WRITING, citing("Credentials of that gateway rotate after 45 days [NUMBER]."))
    opened().ask(VPN, ANA)
    assert [asked(llm_server, what) for what in (PLANNING, VIEWING, CHECKING, WRITING)] == [0, 0, 0, 1]


@pytest.mark.parametrize(("calls", "views", "checks"), [(3, 0, 0), (4, 1, 0), (8, 1, 1)])
def test_views_are_paid_from_what_is_spare(
    opened: Open, llm_server: LlmServer, calls: int, views: int, checks: int
) -> None:
    llm_server.on(VIEWING, view()).on(CHECKING, answers({"supported": [1], "contradicted": []}))
    llm_server.on(WRITING, citing("VPN credentials rotate after 45 days [NUMBER]."))
    answer = opened(calls).ask(TWO, ANA)
    assert (asked(llm_server, VIEWING), asked(llm_server, CHECKING)) == (views, checks)
    assert asked(llm_server, WRITING) == 1
    assert answer.text


@pytest.mark.parametrize("fault", [fails(500), says("I think so."), hangs(20)])
def test_a_view_that_does_not_come_costs_itself_alone(opened: Open, llm_server: LlmServer, fault: Behaviour) -> None:
    llm_server.on(VIEWING, fault).on(CHECKING, fault)
    llm_server.on(WRITING, citing("The VPN has a password that is changed every 45 days [NUMBER]."))
    answer = opened(timeout=1.0).ask(TWO, ANA)
    assert "45 days" in answer.text
    assert {"judge"} <= {lost.stage for lost in answer.degraded}


def ask_checked(opened: Open, server: LlmServer, said: str, views: dict[str, list[int]]) -> Answer:
    server.on(VIEWING, view(verdict="sufficient")).on(CHECKING, answers(views)).on(WRITING, citing(said))
    return opened().ask(TWO, ANA)


REWORDED = "VPN credentials rotate, staff renewing them after 45 days [NUMBER]."
CHECKED = "The VPN has a password that is changed every 45 days [NUMBER]."


def test_other_words_hold_where_the_llm_says_so(opened: Open, llm_server: LlmServer) -> None:
    answer = ask_checked(opened, llm_server, f"{REWORDED} {CHECKED}", {"supported": [1], "contradicted": []})
    assert [claim.support for claim in answer.claims] == ["supported", "supported"]
    assert "credentials rotate" in answer.text


def test_other_words_do_not_hold_by_themselves(opened: Open, llm_server: LlmServer) -> None:
    answer = ask_checked(opened, llm_server, f"{REWORDED} {CHECKED}", {"supported": [], "contradicted": []})
    assert [claim.support for claim in answer.claims] == ["unsupported", "supported"]
    assert "credentials rotate" not in answer.text


def test_what_the_llm_finds_contradicted_is_not_said(opened: Open, llm_server: LlmServer) -> None:
    answer = ask_checked(opened, llm_server, f"{REWORDED} {CHECKED}", {"supported": [1], "contradicted": [2]})
    assert [claim.support for claim in answer.claims] == ["supported", "unsupported"]
    assert "LLM" in answer.claims[1].why


@pytest.mark.parametrize(
    "said", ["VPN credentials rotate after 90 days [NUMBER].", "Waldemar rotates them [NUMBER].", "All is well."]
)
def test_no_view_lets_a_wrong_number_or_name_pass(opened: Open, llm_server: LlmServer, said: str) -> None:
    answer = ask_checked(opened, llm_server, f"{said} {CHECKED}", {"supported": [1, 2, 3], "contradicted": []})
    assert answer.claims[0].support in ("unsupported", "uncited")
    assert "90" not in answer.text
    assert "Waldemar" not in answer.text


BROKEN_OFF = "The VPN password is changed every 45 days [1]. The helpdesk gives anybody a"


@pytest.mark.parametrize(
    "broken", [says(BROKEN_OFF, finish="length"), sends(event({"role": "assistant", "content": BROKEN_OFF}))]
)
def test_what_was_written_before_it_broke_off_is_checked_and_kept(
    opened: Open, llm_server: LlmServer, broken: Behaviour
) -> None:
    llm_server.on(WRITING, broken)
    answer = opened().ask(VPN, ANA)
    assert "The VPN password is changed every 45 days." in answer.text
    assert [(lost.stage, "so far" in lost.instead) for lost in answer.degraded] == [("answer", True)]
    assert [claim.support for claim in answer.claims] == ["quoted"]


def test_half_a_sentence_is_no_answer(opened: Open, llm_server: LlmServer) -> None:
    llm_server.on(WRITING, says("The VPN password is changed [1] every", finish="length"))
    answer = opened().ask(VPN, ANA)
    assert "The VPN password is changed every 45 days." in answer.text
    assert [(lost.stage, "quotes" in lost.instead) for lost in answer.degraded] == [("answer", True)]
