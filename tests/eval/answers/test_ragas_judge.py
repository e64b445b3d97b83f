"""ragas' metrics through a real server: right where it behaves, and told where it does not."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agents.llm.capabilities import EndpointFacts
from eval.answers.judging import SPENT, Cost, judge_settings
from eval.llm_batch import Pace
from eval.ragas_judge import NAMES, RagasJudge
from hone.settings import LlmSettings
from retriever.encoding import open_encoder
from tests.eval.answers.judged import BY_HAND, GRADES, RECORD, InFlight, asked_of, grade, graded, judge_at
from tests.llm_server import Behaviour, Call, LlmServer, answers, fails, hangs, says


@pytest.fixture
def server() -> Iterator[LlmServer]:
    server = LlmServer()
    yield server
    server.stop()


def test_every_metric_gives_what_it_comes_to_by_hand(server: LlmServer, tmp_path: Path) -> None:
    server.always(GRADES)
    found = grade(judge_at(server, tmp_path), *NAMES)
    assert {name: item.scores for name, item in zip(NAMES, found, strict=True)} == {
        name: pytest.approx((value,), abs=1e-6) for name, value in BY_HAND.items()
    }
    assert {call.body["max_tokens"] for call in server.calls} == {4096}


def test_a_grade_is_kept_and_costs_nothing_again(server: LlmServer, tmp_path: Path) -> None:
    server.always(GRADES)
    SPENT.set(spent := Cost())
    first = grade(judge_at(server, tmp_path), *NAMES)
    calls = len(server.calls)
    assert spent.calls == calls
    assert spent.tokens > 1000
    assert grade(judge_at(server, tmp_path), *NAMES) == first
    assert len(server.calls) == calls
    grade(judge_at(server, tmp_path, model="another"), "ragas-context-recall")
    assert len(server.calls) == calls + 1


def test_a_schema_is_used_where_a_check_found_that_it_works(server: LlmServer, tmp_path: Path) -> None:
    server.always(GRADES)
    judge = judge_at(server, tmp_path)
    judge.calls.llm.capabilities.checked(EndpointFacts(mode="json_schema", context_tokens=4096))
    found = grade(judge, *NAMES)
    assert [item.scores for item in found] == [pytest.approx((BY_HAND[name],), abs=1e-6) for name in NAMES]
    assert {call.mode for call in server.calls} == {"json_schema"}
    assert {call.body["max_tokens"] for call in server.calls} == {1024}


def test_repeats_are_each_asked_and_their_spread_is_seen(server: LlmServer, tmp_path: Path) -> None:
    verdicts = iter([1, 0, 1])

    def wavering(call: Call) -> dict[str, Any]:
        parts = [{"statement": "s", "reason": "r", "attributed": next(verdicts)}]
        return {"classifications": parts}

    server.always(answers(wavering))
    found = grade(judge_at(server, tmp_path, repeats=3), "ragas-context-recall")[0]
    assert sorted(found.scores) == [0.0, 1.0, 1.0]
    assert grade(judge_at(server, tmp_path, repeats=3), "ragas-context-recall")[0] == found  # each is kept for itself


def cut(call: Call) -> str:
    return json.dumps(graded(call))[:-9]


def test_a_reply_that_is_no_json_is_asked_for_once_more(server: LlmServer, tmp_path: Path) -> None:
    server.on("", says(cut), times=1).always(GRADES)
    assert grade(judge_at(server, tmp_path), "ragas-context-recall")[0].scores == (0.5,)
    assert "That is not the JSON object" in server.calls[1].prompt


def without(name: str) -> Behaviour:
    return answers(lambda call: {**graded(call), name: []})


def one_verdict(call: Call) -> dict[str, Any]:
    said = graded(call)
    return {"statements": said["statements"][:1]} if "statements" in asked_of(call) else said


def verdict_of_two(call: Call) -> dict[str, Any]:
    said = graded(call)
    return (
        {"statements": [{**item, "verdict": 2} for item in said["statements"]]} if "context" in asked_of(call) else said
    )


@pytest.mark.parametrize(
    ("measure", "behaviour", "status", "words"),
    [
        ("ragas-context-recall", says("I would say yes."), "failed", "malformed: there is no JSON object"),
        ("ragas-context-recall", says(cut), "failed", "classifications: Field required"),
        ("ragas-context-recall", without("classifications"), "failed", "not a number"),
        ("ragas-faithfulness", without("statements"), "not applicable", "no statement"),
        ("ragas-factual-correctness", without("claims"), "not applicable", "no statement"),
        ("ragas-faithfulness", answers(one_verdict), "failed", "4 statements and 1 verdicts"),
        ("ragas-faithfulness", answers(verdict_of_two), "failed", "verdict is 2"),
        ("ragas-answer-relevancy", answers({"question": " ", "noncommittal": 0}), "failed", "question is empty"),
        ("ragas-faithfulness", fails(500), "failed", "server_error"),
        ("ragas-faithfulness", fails(401, "no such key"), "failed", "unauthorised"),
        ("ragas-faithfulness", fails(429, retry_after="0.01"), "failed", "rate_limited"),
        ("ragas-faithfulness", fails(429, retry_after="3600"), "failed", "rate_limited"),
        ("ragas-faithfulness", says("", finish="length"), "failed", "too_long"),
    ],
)
def test_what_goes_wrong_is_told(
    measure: str, behaviour: Behaviour, status: str, words: str, server: LlmServer, tmp_path: Path
) -> None:
    server.always(behaviour)
    found = grade(judge_at(server, tmp_path), measure)[0]
    assert (found.status, found.scores) == (status, ())
    assert words in found.why


def test_a_reply_that_does_not_come_is_told(server: LlmServer, tmp_path: Path) -> None:
    server.always(hangs(30))
    found = grade(judge_at(server, tmp_path, timeout=0.3), "ragas-context-recall")[0]
    assert (found.status, found.why.split(":")[0]) == ("failed", "timeout")
    assert len(server.calls) == 3  # one, and one after each pause


@pytest.mark.parametrize("fault", [fails(500), fails(429, retry_after="0"), hangs(30), says("no JSON")])
def test_what_passes_is_waited_for(fault: Behaviour, server: LlmServer, tmp_path: Path) -> None:
    server.on("", fault, times=2).always(GRADES)
    judge = judge_at(server, tmp_path, timeout=1.0)
    assert grade(judge, "ragas-context-recall")[0].scores == (0.5,)


def test_an_endpoint_is_left_alone_as_long_as_it_says(server: LlmServer, tmp_path: Path) -> None:
    came = list[float]()

    def noting(behaviour: Behaviour) -> Behaviour:
        def body(call: Call) -> Iterator[bytes]:
            came.append(time.monotonic())
            yield from behaviour.body(call)

        return replace(behaviour, body=body)

    server.on("", noting(fails(429, retry_after="0.4")), times=2).always(noting(GRADES))
    assert grade(judge_at(server, tmp_path), "ragas-context-recall")[0].scores == (0.5,)
    assert [later - earlier >= 0.4 for earlier, later in pairwise(came)] == [True, True]


def test_no_more_calls_are_open_than_are_allowed(server: LlmServer, tmp_path: Path) -> None:
    flight = InFlight()
    server.always(flight.counting(GRADES))
    judge = judge_at(server, tmp_path, pace=Pace(at_once=2, pauses=(0.01, 0.01)))
    assert {item.status for item in grade(judge, *NAMES)} == {"scored"}
    assert flight.most == 2


def test_an_endpoint_that_is_down_is_given_up(server: LlmServer, tmp_path: Path) -> None:
    server.always(fails(500))
    judge = judge_at(server, tmp_path, pace=Pace(pauses=()))
    records = [replace(RECORD, question=f"{RECORD.question} {number}") for number in range(8)]
    found = [grade(judge, "ragas-context-recall", record=record)[0] for record in records]
    assert {item.status for item in found} == {"failed"}
    assert found[-1].why != found[0].why  # no call was made for it
    asked = len(server.calls)
    grade(judge, "ragas-context-recall")
    assert len(server.calls) == asked


def test_abstentions_and_what_is_not_known_are_not_asked_about(server: LlmServer, tmp_path: Path) -> None:
    judge = judge_at(server, tmp_path)
    about_text = [name for name in NAMES if "context" not in name]
    assert {item.why for item in grade(judge, *about_text, abstained=True)} == {"it abstains"}
    bare = replace(RECORD, reference=None, contexts=())
    told = dict(zip(NAMES, grade(judge, *NAMES[2:], record=bare), strict=False))
    assert {item.status for item in told.values()} == {"not applicable"}
    assert server.calls == []


@pytest.mark.slow
def test_questions_are_compared_by_the_packaged_encoder_whatever_serves(server: LlmServer, tmp_path: Path) -> None:
    asked, made = RECORD.question, "Where does the rain fall?"
    server.always(answers(lambda call: graded(call, made)))
    judge = judge_at(server, tmp_path)
    frozen = RagasJudge(judge.calls, ("ragas-answer-relevancy",))
    encoder = open_encoder("default", device="cpu")
    one, other = encoder.encode_queries([asked, made])
    assert grade(frozen, "ragas-answer-relevancy")[0].scores == (pytest.approx(float(one @ other), abs=1e-4),)
    assert frozen.identity["embedder"] == "default"


LLM = LlmSettings.model_validate({"base_url": "http://127.0.0.1:1/v1", "model": "small", "api_key": "secret"})


@pytest.mark.parametrize(
    ("judge", "options", "expected"),
    [
        ({}, {}, ("http://127.0.0.1:1/v1", "small", "secret")),
        ({}, {"model": "big"}, ("http://127.0.0.1:1/v1", "big", "secret")),
        ({}, {"url": "https://else.example/v1"}, ("https://else.example/v1", "small", None)),
        ({"model": "big"}, {}, ("http://127.0.0.1:1/v1", "big", "secret")),
        ({"base_url": "https://j.example/v1"}, {}, ("https://j.example/v1", "small", None)),
        ({"base_url": "https://j.example/v1", "api_key": "own"}, {}, ("https://j.example/v1", "small", "own")),
        ({"api_key": "own"}, {"url": "https://else.example/v1"}, ("https://else.example/v1", "small", "own")),
    ],
)
def test_a_key_goes_where_it_belongs(
    judge: dict[str, str], options: dict[str, str], expected: tuple[str, str, str | None]
) -> None:
    found = judge_settings(LLM, LlmSettings.model_validate(judge), **options)
    key = found.api_key.get_secret_value() if found.api_key else None
    assert (found.base_url, found.model, key) == expected
    assert found.max_tokens >= 4096
