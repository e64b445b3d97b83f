"""Every fault of a real endpoint ends in its typed outcome, inside the budget, and never in an exception."""

import asyncio
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from langsmith.utils import tracing_is_enabled  # pyright: ignore[reportUnknownVariableType]  # its argument is a bare dict

from agents.llm.budget import Budget
from agents.llm.client import Llm, LlmReply
from agents.llm.requests import LlmFailure, PromptMessage, Request
from tests.llm_server import (
    Behaviour,
    LlmServer,
    calls_tool,
    event,
    fails,
    hangs,
    never_ends,
    redirects,
    says,
    sends,
)

MakeLlm = Callable[..., Llm]
SECONDS = 30.0  # of budget, where no time should be needed
SLACK = 10.0  # for a busy machine; a fault that is not bounded lasts for ever

ASK = Request(messages=(PromptMessage(role="user", text="How much leave do I get?"),))


def ask(llm: Llm, budget: Budget | None = None) -> LlmReply | LlmFailure:
    async def run() -> LlmReply | LlmFailure:
        await llm.warm()
        began = time.monotonic()
        spending = budget or Budget(seconds=SECONDS)
        try:
            return await llm.reply(ASK, spending)
        finally:
            assert time.monotonic() - began < min(spending.seconds, llm.settings.timeout) + SLACK
            await llm.close()

    return asyncio.run(run())


FAULTS: tuple[tuple[str, Behaviour, str, int], ...] = (  # name, what the server does, outcome, calls made
    ("silence", hangs(), "timeout", 1),
    ("silence after a word", hangs(first=event({"content": "Hello"})), "timeout", 1),
    ("429 that asks for too long", fails(429, retry_after="120"), "rate_limited", 1),
    (
        "429 with a date",
        fails(429, retry_after=format_datetime(datetime.now(UTC) + timedelta(hours=1))),
        "rate_limited",
        1,
    ),
    ("429 again", fails(429, retry_after="0.1"), "rate_limited", 2),
    ("500 twice", fails(500), "server_error", 2),
    ("503 twice", fails(503), "server_error", 2),
    ("401", fails(401), "unauthorised", 1),
    ("403", fails(403), "unauthorised", 1),
    ("404", fails(404), "no_model", 1),
    ("400", fails(400), "rejected", 1),
    ("422", fails(422), "rejected", 1),
    ("400 for a long prompt", fails(400, "context_length_exceeded"), "too_large", 1),
    ("a redirect", redirects("http://127.0.0.1:9/v1"), "rejected", 1),
    ("truncated JSON", sends(b'data: {"id": "1", "choices": [{"del\n\n'), "malformed", 1),
    ("other JSON", sends(b"data: [1, 2]\n\n"), "malformed", 1),
    (
        "invalid UTF-8",
        sends(b'data: {"choices": [{"index": 0, "delta": {"content": "\xff\xfe"}}]}\n\n'),
        "malformed",
        1,
    ),
    (
        "an error in the stream",
        sends(event({"content": "He"}), b'data: {"error": {"message": "boom"}}\n\n'),
        "server_error",
        1,
    ),
    ("endless words, slowly", never_ends(pause=0.2), "timeout", 1),
    ("endless words at once", never_ends(pause=0), "too_long", 1),
    ("endless keepalives", never_ends(b": ping\n\n"), "timeout", 1),
    ("endless empty pieces", never_ends(event({"content": ""})), "timeout", 1),
    ("one endless line", never_ends(b"x" * 65536, pause=0), "too_long", 1),
    ("ten times the tokens", says("word " * 640), "too_long", 1),
    ("cut at the limit", says("Leave is", finish="length"), "too_long", 1),
    ("an empty reply", says(""), "empty", 1),
    ("blanks", says("  \n\n "), "empty", 1),
    ("nothing at all", sends(), "empty", 1),
    ("a web page", sends(b"<html>Welcome</html>", kind="text/html"), "empty", 1),
    ("a stream without an end", sends(event({"content": "Hello"})), "cut_off", 1),
    ("a tool nobody offered", calls_tool("delete_everything", "{}"), "tool_call", 1),
    ("a content filter", says("I", finish="content_filter"), "refused", 1),
)


@pytest.mark.parametrize(
    ("behaviour", "kind", "calls"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_a_fault_ends_in_its_outcome(
    llm_server: LlmServer, make_llm: MakeLlm, behaviour: Behaviour, kind: str, calls: int
) -> None:
    llm_server.always(behaviour)
    outcome = ask(make_llm(timeout=0.6 if kind == "timeout" else SECONDS))
    assert isinstance(outcome, LlmFailure)
    assert outcome.kind == kind
    assert not re.search(r"\w(Error|Exception|Timeout)\b", outcome.what), "a class of Python's is nothing to people"
    assert outcome.what.strip(": ")
    assert len(llm_server.calls) == calls


def test_a_refused_connection_says_so(make_llm: MakeLlm) -> None:
    outcome = ask(make_llm(base_url="http://127.0.0.1:9/v1"))
    assert isinstance(outcome, LlmFailure)
    assert (outcome.kind, "connection refused" in outcome.what) == ("unreachable", True)


def test_a_connection_that_breaks_after_a_word_is_cut_off(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    body = b"64\r\n" + event({"content": "Hello"})  # a chunk that promises more than comes
    llm_server.always(Behaviour(body=lambda _: iter([body]), headers={"transfer-encoding": "chunked"}))
    outcome = ask(make_llm())
    assert isinstance(outcome, LlmFailure)
    assert outcome.kind in {"cut_off", "unreachable"}


def test_a_short_wait_is_waited_and_then_answered(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.on("", fails(429, retry_after="0.2"), call=1).always(says("Thirty days."))
    assert ask(make_llm()) == LlmReply(text="Thirty days.")


def test_a_server_error_is_tried_once_more(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.on("", fails(500), call=1).always(says("Thirty days."))
    budget = Budget(seconds=SECONDS)
    assert ask(make_llm(), budget) == LlmReply(text="Thirty days.")
    assert budget.calls_made == 2


def test_a_retry_is_a_call_like_any_other(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.always(fails(500))
    outcome = ask(make_llm(), Budget(seconds=SECONDS, llm_calls=1))
    assert isinstance(outcome, LlmFailure)
    assert (outcome.kind, len(llm_server.calls)) == ("budget", 1)


@pytest.mark.parametrize("budget", [Budget(llm_calls=0), Budget(tokens=0), Budget(seconds=0.0)])
def test_a_spent_budget_asks_nothing(llm_server: LlmServer, make_llm: MakeLlm, budget: Budget) -> None:
    outcome = ask(make_llm(), budget)
    assert isinstance(outcome, LlmFailure)
    assert outcome.kind in {"budget", "timeout"}
    assert llm_server.calls == []


def test_the_budget_of_an_ask_ends_a_call_before_the_timeout_does(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.always(hangs())
    outcome = ask(make_llm(timeout=60.0), Budget(seconds=0.5))
    assert isinstance(outcome, LlmFailure)
    assert outcome.kind == "timeout"


def test_what_follows_the_end_is_not_waited_for(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    said = event({"content": "Thirty days."}) + event({}, finish="stop") + b"data: [DONE]\n\n"
    llm_server.always(hangs(first=said))
    assert ask(make_llm(timeout=30.0), Budget(seconds=40.0)) == LlmReply(text="Thirty days.")


def test_thinking_aloud_is_no_part_of_the_reply(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.always(says("<think>They want <b>leave</b>.</think>Thirty days, if a < b."))
    assert ask(make_llm()) == LlmReply(text="Thirty days, if a < b.")


def test_tokens_are_counted_as_the_endpoint_says_or_guessed(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.on("", says("Thirty days.", tokens=1234), call=1).always(says("Thirty days."))
    budget = Budget(seconds=30.0)
    ask(make_llm(), budget)
    assert budget.tokens_used == 1234
    ask(make_llm(), budget)
    assert budget.tokens_used == 1234 + 4 + 8  # a third of 12 and of 24 letters


def test_the_key_is_sent_and_never_told(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.always(fails(401, "Incorrect API key provided: sk-very-secret"))
    outcome = ask(make_llm(api_key="sk-very-secret"))
    assert isinstance(outcome, LlmFailure)
    assert "sk-very-secret" not in outcome.what
    assert llm_server.calls[0].headers["authorization"] == "Bearer sk-very-secret"


def test_the_environment_decides_nothing(
    llm_server: LlmServer, make_llm: MakeLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No key of another service is sent, and neither gateway nor proxy nor tracer sees the prompt."""
    elsewhere = LlmServer()
    for name in (
        "OPENAI_BASE_URL",
        "OPENAI_API_BASE",
        "LANGSMITH_GATEWAY",
        "LANGSMITH_ENDPOINT",
        "HTTP_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.setenv(name, elsewhere.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-this-server")
    monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2_not_for_this_server")
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    assert isinstance(ask(make_llm()), LlmReply)
    elsewhere.stop()
    assert len(llm_server.calls) == 1
    assert "not" not in llm_server.calls[0].headers["authorization"]
    assert elsewhere.calls == []
    assert tracing_is_enabled() is False


def test_one_llm_serves_one_event_loop_after_another(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm = make_llm()

    async def once() -> LlmReply | LlmFailure:
        return await llm.reply(ASK, Budget(seconds=SECONDS))

    asyncio.run(llm.warm())
    assert [asyncio.run(once()) for _ in range(2)] == [LlmReply(text="Understood.")] * 2


def test_asks_side_by_side_share_an_llm(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm = make_llm()

    async def run() -> list[LlmReply | LlmFailure]:
        await llm.warm()
        return await asyncio.gather(*(llm.reply(ASK, Budget(seconds=SECONDS)) for _ in range(8)))

    assert asyncio.run(run()) == [LlmReply(text="Understood.")] * 8


def test_who_stops_listening_ends_the_call(llm_server: LlmServer, make_llm: MakeLlm) -> None:
    llm_server.always(never_ends())
    llm = make_llm(max_tokens=4096)

    async def run() -> None:
        await llm.warm()
        pieces = llm.pieces(ASK, Budget(seconds=30.0))
        await anext(pieces)
        await pieces.aclose()
        assert [piece async for piece in pieces] == []

    asyncio.run(asyncio.wait_for(run(), 20))


def test_a_provider_that_is_not_installed_is_an_outcome_too(make_llm: MakeLlm) -> None:
    outcome = ask(make_llm(provider="nobody_knows"))
    assert isinstance(outcome, LlmFailure)
    assert "nobody_knows" in outcome.what
