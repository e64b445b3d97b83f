"""What a model may do here is decided by what it did on questions with known answers."""

import asyncio
import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from agents.llm.client import Llm
from agents.llm.probes import FOLLOW_UPS, PASSAGES, QUESTIONS, ProbeQuestion
from agents.llm.probing import EndpointCheck, probe
from agents.llm.trials import held_of, judged_by, told_apart
from tests.llm_server import Behaviour, Call, LlmServer, answers, points, says

MakeLlm = Callable[..., Llm]
PLANNING, POINTING, JUDGING, WRITING = (
    "You prepare",
    "Which passage answers",
    "You judge whether",
    "You answer a question",
)
LEMON = answers({"colour": "yellow", "letters": 6})


def check(llm: Llm) -> EndpointCheck:
    return asyncio.run(probe(llm))


def asked(call: Call) -> ProbeQuestion:
    return next(item for item in QUESTIONS if item.text in call.prompt)


def place_of(item: ProbeQuestion) -> int:
    """Find the passage that answers, by its words."""
    held = [n for n, name in enumerate(item.passages, 1) if any(word in PASSAGES[name].lower() for word in item.right)]
    return held[0] if held else 0


def plans_well(call: Call) -> dict[str, Any]:
    item = next(one for one in FOLLOW_UPS if one.text in call.prompt)
    words = " ".join(words.split("|")[0] for words in item.wanted)
    return {"intent": "question", "standalone": f"{item.text} {words}", "questions": []}


def points_well(call: Call) -> dict[str, float]:
    return {"0": 0.2, str(place_of(asked(call))): 0.8} if asked(call).answerable else {"0": 0.7, "1": 0.3}


def writes_well(call: Call) -> str:
    """Quote the sentence that answers."""
    item = asked(call)
    if not item.answerable:
        return "The passages do not say that."
    number = place_of(item)
    sentences = re.split(r"(?<=[.;]) ", PASSAGES[item.passages[number - 1]])
    return (
        f"{next(one for one in sentences if any(word in one.lower() for word in item.right)).rstrip('.;')} [{number}]."
    )


def capable(server: LlmServer, **instead: Behaviour) -> None:
    server.on("Count", says("one, two, three")).on("lemon", LEMON)
    server.on(PLANNING, instead.get("plan", answers(plans_well)))
    server.on(POINTING, instead.get("point", points(points_well)))
    server.on(JUDGING, instead.get("judge", answers({"verdict": "sufficient", "answering": [1]})))
    server.on(WRITING, instead.get("write", says(writes_well)))


def test_a_model_that_does_all_well_may_do_all(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    capable(llm_server)
    found = check(make_llm())
    assert {role: trial.passed for role, trial in found.roles.items()} == {"plan": True, "judge": True, "write": True}
    kept = make_llm().capabilities
    assert (dict(kept.known.denied), kept.known.verdicts, kept.points) == ({}, "token", True)


@pytest.mark.parametrize(
    ("role", "instead"),
    [
        ("plan", answers({"intent": "question", "standalone": "How many days of vacation do I get?", "questions": []})),
        ("judge", points({"0": 0.1, "1": 0.9})),  # the first, whatever is asked
        ("write", says("The answer is in passage [1].")),
        ("write", says("A permit costs 18 euros a month [2].")),  # the same, whatever is asked
    ],
)
def test_a_model_is_denied_what_it_does_badly(
    llm_server: LlmServer, make_llm: MakeLlm, role: str, instead: Behaviour
) -> None:
    capable(llm_server, **{"point" if role == "judge" else role: instead})
    found = check(make_llm())
    assert {name for name, trial in found.roles.items() if not trial.passed} == {role}
    kept = make_llm().capabilities
    assert (set(kept.known.denied), kept.may("write"), kept.points) == ({role}, role != "write", role != "judge")


def test_without_probabilities_a_verdict_is_a_reply_with_fields(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    def judged(call: Call) -> dict[str, Any]:
        return {"verdict": "sufficient" if asked(call).answerable else "insufficient", "answering": []}

    capable(llm_server, point=says("1"), judge=answers(judged))
    assert check(make_llm()).roles["judge"].passed
    kept = make_llm().capabilities
    assert (kept.may("judge"), kept.points) == (True, False)


def test_one_verdict_for_all_is_none(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    capable(llm_server, point=says("1"))
    assert not check(make_llm()).roles["judge"].passed


@pytest.mark.parametrize(
    ("told", "context"),
    [
        (
            {"/v1/models": {"data": [{"id": "scripted", "meta": {"n_ctx": 1536, "n_ctx_train": 32768}}]}},
            1536,
        ),  # llama.cpp
        ({"/v1/models": {"data": [{"id": "other"}, {"id": "scripted", "max_model_len": 8192}]}}, 8192),  # vLLM
        ({"/api/ps": {"models": [{"name": "scripted", "context_length": 4096}]}}, 4096),  # Ollama
        ({"/props": {"default_generation_settings": {"n_ctx": 2048}}}, 2048),
        ({"/v1/models": {"data": [{"id": "one", "max_model_len": 1}, {"id": "two"}]}}, None),
        ({}, None),
    ],
)
def test_the_context_is_as_large_as_the_server_says(
    llm_server: LlmServer, make_llm: MakeLlm, told: dict[str, Any], context: int | None
) -> None:
    capable(llm_server)
    llm_server.told = {**told, "/tokenize": {"tokens": [1] * 400}}
    found = check(make_llm(max_tokens=512))
    assert found.context_tokens == context
    assert found.is_too_small == (context == 1536)
    again = make_llm(max_tokens=512)
    assert again.context_tokens == min(again.settings.context_tokens, context or 10**6)
    assert again.reply_tokens == min(512, context // 4 if context else 512)
    size = len("\n".join(PASSAGES.values()).encode())
    assert again.capabilities.known.bytes_a_token == pytest.approx(size / 400, abs=0.01)


def test_every_probe_with_an_answer_has_one_and_no_other() -> None:
    for item in QUESTIONS:
        assert bool(place_of(item)) == item.answerable
        assert bool(held_of(writes_well_of(item), item)) == item.answerable


def writes_well_of(item: ProbeQuestion) -> str:
    return writes_well(Call(number=1, path="", headers={}, body={"messages": [{"content": item.text}]}))


@pytest.mark.parametrize(("seconds", "passed"), [(5.0, True), (60.0, False)])
def test_a_verdict_is_read_by_the_models_own_odds_and_has_to_come_in_time(seconds: float, passed: bool) -> None:
    trial = judged_by([0.9, 0.9, 0.5, 0.5], [True, True, False, False], seconds)
    assert (trial.passed, trial.verdicts) == (passed, "token")
    assert trial.usual_odds == trial.odds_apart == pytest.approx(math.log(9) / 2, abs=0.001)


def test_pairs_are_told_apart() -> None:
    assert told_apart([0.9, 0.8, 0.1], [True, True, False]) == 1.0
    assert told_apart([0.5, 0.5], [True, False]) == 0.5
    assert told_apart([0.1, 0.9], [True, False]) == 0.0
