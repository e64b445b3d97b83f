"""Fields from any LLM: every mode, every way of missing it, one repair, and what is learned on the way."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Literal

import pytest

from agents.llm.budget import Budget
from agents.llm.capabilities import EndpointFacts
from agents.llm.chat import schema_of
from agents.llm.client import Llm
from agents.llm.requests import LlmFailure, PromptMessage, Shape
from agents.llm.structured import find_object, structured
from tests.llm_server import LlmServer, answers, calls_tool, fails, hangs, says

MakeLlm = Callable[..., Llm]


class Pet(Shape):
    """A pet."""

    kind: Literal["cat", "dog"]
    legs: int


CAT = {"kind": "cat", "legs": 4}
ASK = (PromptMessage(role="user", text="Describe a cat."),)


def ask(llm: Llm, budget: Budget | None = None) -> Pet | LlmFailure:
    async def run() -> Pet | LlmFailure:
        await llm.warm()
        return await structured(Pet, ASK, llm, budget or Budget(seconds=30.0))

    return asyncio.run(run())


def modes(server: LlmServer) -> list[str]:
    return [call.mode for call in server.calls]


def test_the_surest_mode_is_used_and_remembered(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.always(answers(CAT))
    llm = make_llm()
    assert ask(llm) == Pet(kind="cat", legs=4)
    assert modes(llm_server) == ["json_schema"]
    assert make_llm().capabilities.known.mode == "json_schema"


def test_a_schema_is_closed_and_complete() -> None:
    schema = schema_of(Pet)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["kind", "legs"]
    assert schema["properties"]["kind"]["enum"] == ["cat", "dog"]


class Litter(Shape):
    """Pets of one mother."""

    pets: list[Pet]


def test_the_schema_of_parts_is_closed_too() -> None:
    schema = schema_of(Litter)
    assert schema["properties"]["pets"]["items"] == {"$ref": "#/$defs/Pet"}
    assert schema["$defs"]["Pet"] == schema_of(Pet)


def test_an_endpoint_without_schemas_is_asked_by_function(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.on("", fails(400, "response_format is not supported"), mode="json_schema").always(answers(CAT))
    assert ask(make_llm()) == Pet(kind="cat", legs=4)
    assert modes(llm_server) == ["json_schema", "tools"]
    again = make_llm()
    assert ask(again) == Pet(kind="cat", legs=4)
    assert modes(llm_server)[2:] == ["tools"], "what was learned is in the file"


def test_an_endpoint_with_neither_is_parsed(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    for mode in ("json_schema", "tools"):
        llm_server.on("", fails(422, "unknown field"), mode=mode)
    llm_server.always(says(f"Sure! Here it is:\n```json\n{json.dumps(CAT)}\n```\nAnything else?"))
    assert ask(make_llm()) == Pet(kind="cat", legs=4)
    assert modes(llm_server) == ["json_schema", "tools", "plain"]


def test_an_endpoint_that_ignores_the_schema_is_noticed(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.on("", says("A cat has four legs."), mode="json_schema").always(answers(CAT))
    assert ask(make_llm()) == Pet(kind="cat", legs=4)
    assert modes(llm_server) == ["json_schema", "tools"]


@pytest.mark.parametrize("wrong", ['{"kind": "cat", "legs":', '{"kind": "cow", "legs": 4}', '{"kind": "cat"}'])
def test_a_wrong_reply_is_repaired_once(llm_server: LlmServer, make_llm: MakeLlm, wrong: str) -> None:
    llm_server.on("", says(wrong), call=1).always(answers(CAT))
    assert ask(make_llm()) == Pet(kind="cat", legs=4)
    assert modes(llm_server) == ["json_schema", "json_schema"]
    assert wrong in llm_server.calls[1].prompt


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [('{"kind": "cat", "le', "malformed"), ('{"kind": "cow", "legs": 4}', "wrong_schema"), ("[1, 2]", "malformed")],
)
def test_a_reply_wrong_twice_is_given_up(llm_server: LlmServer, make_llm: MakeLlm, wrong: str, kind: str) -> None:
    llm_server.always(says(wrong))
    outcome = ask(make_llm())
    assert isinstance(outcome, LlmFailure)
    assert outcome.kind == kind
    assert len(llm_server.calls) == 2


def test_a_tool_that_was_not_offered_is_not_called(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.on("", fails(400), mode="json_schema")
    llm_server.on("", calls_tool("delete_everything", json.dumps(CAT)), mode="tools").always(says("no"))
    outcome = ask(make_llm())
    assert isinstance(outcome, LlmFailure)
    assert outcome.kind == "malformed"
    assert modes(llm_server) == ["json_schema", "tools", "plain", "plain"]


def test_what_no_mode_can_mend_is_not_tried_in_others(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.always(hangs())
    outcome = ask(make_llm(timeout=0.6))
    assert isinstance(outcome, LlmFailure)
    assert (outcome.kind, len(llm_server.calls)) == ("timeout", 1)


def test_it_ends_where_the_budget_does(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.always(fails(400))
    outcome = ask(make_llm(), Budget(seconds=30.0, llm_calls=2))
    assert isinstance(outcome, LlmFailure)
    assert (outcome.kind, len(llm_server.calls)) == ("budget", 2)


def test_other_fields_are_dropped(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.always(answers({**CAT, "groups": ["admin"]}))
    assert ask(make_llm()) == Pet(kind="cat", legs=4)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', {"a": 1}),
        ('words {not json} and {"a": {"b": [1]}} more', {"a": {"b": [1]}}),
        ("[1, 2]", None),
        ('{"a": ', None),
        ("", None),
        ("{" * 3000, None),
        ('{"a":' * 3000, None),
    ],
)
def test_an_object_is_found_in_a_text(text: str, found: dict[str, Any] | None) -> None:
    assert find_object(text) == found


def test_a_memory_is_of_one_endpoint_and_model(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    make_llm().capabilities.checked(EndpointFacts(mode="parse", first_token_ms=12.5, tokens_per_second=30.0))
    known = make_llm().capabilities
    assert (known.known.mode, known.modes, known.known.first_token_ms) == ("parse", ("parse",), 12.5)
    assert make_llm(model="another").capabilities.known == EndpointFacts()
    make_llm(model="another").capabilities.learn("json_schema")
    assert make_llm().capabilities.known.mode == "parse", "one memory does not overwrite another"


def test_a_memory_that_cannot_be_read_is_made_anew(llm_server: LlmServer, make_llm: MakeLlm, tmp_path: Any) -> None:
    (tmp_path / "llm.json").write_text('{"half": ')
    llm = make_llm()
    assert llm.capabilities.known == EndpointFacts()
    llm.capabilities.learn("parse")
    assert make_llm().capabilities.known.mode == "parse"
