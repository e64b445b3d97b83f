"""What a checked LLM may do is all that it does in an ask; the verdict by one token joins what was measured."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from agents.assistant import Assistant
from agents.calibration import packaged_calibration
from agents.events import Answered, Event, Judged, QuotedFirst
from agents.llm.capabilities import EndpointFacts
from agents.llm.verdict import MOST, surer, with_view
from agents.records import Sufficiency
from hone.log.asks import AskLog
from tests.agents.conftest import Company
from tests.agents.test_views import PLANNING, TWO, VIEWING, VPN, WRITING, citing
from tests.agents.workplace import ANA
from tests.llm_server import LlmServer, hangs, points

POINTING = "Which passage answers"
Open = Callable[..., Assistant]


@pytest.fixture
def opened(company: Company, llm_server: LlmServer) -> Iterator[Open]:
    """Open the company's assistant with the scripted LLM, of which these things are known."""
    made: list[Assistant] = []

    def make(known: EndpointFacts, timeout: float = 10.0) -> Assistant:
        toml = f'[llm]\nbase_url = "{llm_server.url}"\nmodel = "scripted"\ntimeout = {timeout}\n[ask]\nseconds = 20\n'
        made.append(Assistant(company(toml)))
        llm = made[-1].llm
        assert llm is not None
        llm.capabilities.checked(known)
        return made[-1]

    yield make
    for assistant in made:
        assistant.close()


def counts(server: LlmServer) -> list[int]:
    return [sum(what in call.prompt for call in server.calls) for what in (PLANNING, VIEWING, POINTING, WRITING)]


def test_a_model_that_may_only_judge_writes_nothing(opened: Open, llm_server: LlmServer) -> None:
    llm_server.on(POINTING, points({"0": 0.05, "1": 0.95}))
    heard: list[Event] = []
    assistant = opened(EndpointFacts(denied={"plan": "", "write": ""}, verdicts="token"))
    answer = assistant.ask(VPN, ANA, listen=heard.append)
    assert counts(llm_server) == [0, 0, 2, 0]
    assert all(claim.support == "quoted" for claim in answer.claims)
    assert "45 days" in answer.text
    kinds = [type(event) for event in heard]
    assert kinds.index(QuotedFirst) < kinds.index(Answered)  # shown while the LLM is judging
    (logged,) = AskLog(assistant.workspace.log_database).asks()
    assert logged.signals["llm_sure"] > 1


def test_all_denied_costs_nothing(opened: Open, llm_server: LlmServer) -> None:
    answer = opened(EndpointFacts(denied={"plan": "", "judge": "", "write": ""}, verdicts="token")).ask(TWO, ANA)
    assert llm_server.calls == []
    assert answer.degraded == ()


def test_a_model_that_finds_nothing_takes_certainty_away(opened: Open, llm_server: LlmServer) -> None:
    known = EndpointFacts(denied={"plan": "", "write": ""}, verdicts="token")
    llm_server.on(POINTING, points({"0": 0.9999, "1": 0.0001}))
    heard: list[Event] = []
    answer = opened(known).ask(VPN, ANA, listen=heard.append)
    measured, *rest = (one.sufficiency for one in heard if isinstance(one, Judged))
    seen = [*rest, measured][0]
    assert seen.probability < measured.probability or seen is measured
    assert answer.verdict == seen.verdict
    assert (answer.verdict == "insufficient") == (answer.citations == ())


def test_a_verdict_that_does_not_come_leaves_what_was_measured(opened: Open, llm_server: LlmServer) -> None:
    llm_server.on(POINTING, hangs(20)).on(WRITING, citing("The VPN password is changed every 45 days [NUMBER]."))
    answer = opened(EndpointFacts(denied={"plan": ""}, verdicts="token"), timeout=1.0).ask(VPN, ANA)
    assert "45 days" in answer.text
    assert "judge" in {lost.stage for lost in answer.degraded}


def test_a_question_of_two_parts_is_not_pointed_at(opened: Open, llm_server: LlmServer) -> None:
    llm_server.on(WRITING, citing("The VPN password is changed every 45 days [NUMBER]."))
    opened(EndpointFacts(denied={"plan": ""}, verdicts="token")).ask(TWO, ANA)
    assert counts(llm_server)[2:] == [0, 1]


@pytest.mark.parametrize(
    ("before", "sure", "after"),
    [
        ("best_match", 2.0, {"sufficient", "best_match"}),
        ("best_match", -2.0, {"insufficient"}),
        ("insufficient", 2.0, {"sufficient", "best_match"}),
        ("conflicting", -2.0, {"conflicting"}),
    ],
)
def test_a_sure_llm_moves_a_verdict_that_is_not_one_of_conflict(before: Any, sure: float, after: set[str]) -> None:
    fit = packaged_calibration()
    middle = (fit.best_match + fit.sufficient) / 2
    measured = {"sufficient": fit.sufficient, "insufficient": fit.best_match * 0.9}.get(before, middle)
    given = Sufficiency(verdict=before, probability=measured, missing=("why?",) if before == "insufficient" else ())
    seen = with_view(given, sure, fit, "why?")
    assert seen.verdict in after
    assert (seen.probability > measured) == (sure > 0)
    assert ("why?" in seen.missing) == (seen.verdict == "insufficient")
    assert with_view(replace(given, probability=0.0), sure, fit, "why?").probability >= 0


def test_each_model_is_read_by_its_own_measure() -> None:
    timid, loud = EndpointFacts(usual_odds=1.2, odds_apart=0.5), EndpointFacts(usual_odds=0.0, odds_apart=5.0)
    assert surer(1.7, timid) == surer(5.0, loud) == pytest.approx(1.0)
    assert surer(0.7, timid) == surer(-5.0, loud) == pytest.approx(-1.0)
    assert surer(100.0, timid) == MOST
