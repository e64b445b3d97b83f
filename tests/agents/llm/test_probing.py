"""What a check of an endpoint finds out, and remembers."""

import asyncio
from collections.abc import Callable

import pytest

from agents.llm.client import Llm
from agents.llm.probing import EndpointCheck, probe
from agents.llm.requests import Mode
from tests.llm_server import LlmServer, answers, fails, hangs, says

MakeLlm = Callable[..., Llm]
LEMON = answers({"colour": "yellow", "letters": 6})
COUNT = says("one, two, three, four, five, six, seven, eight", pause=0.002)


def check(llm: Llm) -> EndpointCheck:
    return asyncio.run(probe(llm))


@pytest.mark.parametrize(
    ("refused", "mode"),
    [((), "json_schema"), (("json_schema",), "function_calling"), (("json_schema", "tools"), "parse")],
)
def test_the_surest_mode_that_works_is_found_and_kept(
    llm_server: LlmServer, make_llm: MakeLlm, refused: tuple[str, ...], mode: Mode
) -> None:
    llm_server.on("Count", COUNT)
    for one in refused:
        llm_server.on("lemon", fails(400), mode=one)
    llm_server.on("lemon", LEMON)
    found = check(make_llm())
    assert (found.failure, found.mode) == (None, mode)
    assert found.first_token_ms > 0
    assert found.tokens_per_second > 0
    kept = make_llm().capabilities.known
    assert (kept.mode, kept.first_token_ms, bool(kept.checked)) == (mode, found.first_token_ms, True)


def test_an_endpoint_that_ignores_the_form_is_only_parsed(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.on("Count", COUNT).on("JSON object", LEMON).always(says("Yellow, with six letters."))
    assert dict(check(make_llm()).modes) == {"json_schema": False, "function_calling": False, "parse": True}


def test_an_endpoint_that_only_talks_has_no_mode(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.always(says("Yellow!"))
    found = check(make_llm())
    assert (found.failure, found.mode) == (None, None)


def test_an_endpoint_that_does_not_answer_is_not_asked_more(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.always(hangs())
    found = check(make_llm(timeout=0.6))
    assert found.failure is not None
    assert (found.failure.kind, len(llm_server.calls)) == ("timeout", 1)
    assert make_llm().capabilities.known.checked == ""
