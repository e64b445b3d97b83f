"""The OpenAI protocol, as the official client speaks it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from api.chat.replies import SOURCES
from tests.api.conftest import MUCH, Open, Served, serving

QUESTION = "How many days of annual leave do I have in the Netherlands?"
SLOW: list[ChatCompletionMessageParam] = [{"role": "user", "content": "How often is the VPN password changed?"}]
SAID: list[ChatCompletionMessageParam] = [{"role": "user", "content": QUESTION}]


def client(served: Served, token: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key=token, max_retries=0)


@pytest.fixture(scope="module")
def chat(sample: Served) -> Iterator[openai.OpenAI]:
    with client(sample, sample.token("nadia")) as opened:
        yield opened


def test_there_is_one_model(chat: openai.OpenAI) -> None:
    assert [model.id for model in chat.models.list()] == ["hone"]
    assert chat.models.retrieve("hone").owned_by == "hone"
    with pytest.raises(openai.NotFoundError, match="'gpt'"):
        chat.models.retrieve("gpt")


def test_an_answer_comes_with_its_sources(chat: openai.OpenAI, nadia: httpx2.Client) -> None:
    reply = chat.chat.completions.create(model="hone", messages=SAID, temperature=0.2, top_p=1, seed=7, user="x")
    text, extra = reply.choices[0].message.content, reply.model_extra
    assert (reply.choices[0].finish_reason, reply.object) == ("stop", "chat.completion")
    assert text is not None
    assert extra is not None
    said, sources = text.split(SOURCES)
    assert {f"[{item['number']}]" for item in extra["citations"]} == {line[:3] for line in sources.split("\n")}
    assert all(f"[{item['number']}]" in said for item in extra["citations"])
    document = nadia.get(f"/api/documents/{extra['citations'][0]['document']}").json()
    start, end = extra["citations"][0]["offsets"]
    assert document["text"][start:end] == extra["citations"][0]["quote"]
    assert extra["verdict"] in ("sufficient", "partial", "conflicting")


def test_it_is_streamed_by_the_sentence_and_says_the_same(chat: openai.OpenAI) -> None:
    asked: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Why does the VPN keep dropping at home?"}]
    whole = chat.chat.completions.create(model="hone", messages=asked)
    chunks = list(chat.chat.completions.create(model="hone", messages=asked, stream=True))
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content]
    assert "".join(pieces) == whole.choices[0].message.content
    assert len(pieces) > 1
    assert not any(piece.startswith("[") for piece in pieces), "a mark stays with its sentence"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks][-2:] == [None, "stop"]
    assert chunks[-1].model_extra is not None
    assert whole.model_extra is not None
    assert chunks[-1].model_extra["citations"] == whole.model_extra["citations"]
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_stream_ends_as_the_protocol_wants(sample: Served, nadia: httpx2.Client) -> None:
    reply = nadia.post("/v1/chat/completions", json={"messages": SAID, "stream": True})
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.text.endswith("data: [DONE]\n\n")
    told = [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: {")]
    assert {one["object"] for one in told} == {"chat.completion.chunk"}


def test_a_conversation_is_found_again_by_what_was_said(chat: openai.OpenAI, nadia: httpx2.Client) -> None:
    first = chat.chat.completions.create(model="hone", messages=SAID)
    text = first.choices[0].message.content
    said: list[Any] = [*SAID, {"role": "assistant", "content": text}, {"role": "user", "content": "And in Canada?"}]
    second = chat.chat.completions.create(model="hone", messages=[{"role": "system", "content": "Be brief."}, *said])
    assert thread(second) == thread(first)
    turns = nadia.get(f"/api/threads/{thread(second)}").json()["turns"]
    assert [turn["question"] for turn in turns] == [QUESTION, "And in Canada?"]


def test_a_conversation_that_is_not_known_is_begun_with_what_was_said(chat: openai.OpenAI, sample: Served) -> None:
    said: list[Any] = [*SAID, {"role": "assistant", "content": "27 days."}, {"role": "user", "content": "In Canada?"}]
    reply = chat.chat.completions.create(model="hone", messages=said)
    other = chat.chat.completions.create(model="hone", messages=said)
    assert thread(other) != thread(reply), "a conversation is gone on with once"
    alone = chat.chat.completions.create(model="hone", messages=[{"role": "user", "content": "In Canada?"}])
    assert "leave" in standalone(sample, reply)
    assert "leave" not in standalone(sample, alone)


def test_what_was_said_before_that_cannot_be_kept_does_not_cost_the_answer(
    chat: openai.OpenAI, sample: Served, nadia: httpx2.Client
) -> None:
    said: list[Any] = [*SAID, {"role": "assistant", "content": "Some days."}, {"role": "user", "content": QUESTION}]
    with closing(sqlite3.connect(sample.service.workspace.home / "threads.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        lost = chat.chat.completions.create(model="hone", messages=said)
        other.execute("ROLLBACK")
    text = lost.choices[0].message.content
    assert text is not None
    assert "days" in text.lower()
    later = chat.chat.completions.create(model="hone", messages=[*said, {"role": "assistant", "content": text}, *SAID])
    assert thread(later) == thread(lost)
    turns = nadia.get(f"/api/threads/{thread(lost)}").json()["turns"]
    assert [turn["question"] for turn in turns] == [QUESTION, QUESTION]


def test_what_somebody_else_said_is_nobodys_history(sample: Served, chat: openai.OpenAI) -> None:
    first = chat.chat.completions.create(model="hone", messages=SAID)
    said: list[Any] = [
        *SAID,
        {"role": "assistant", "content": first.choices[0].message.content},
        {"role": "user", "content": "And in Canada?"},
    ]
    with client(sample, sample.token("ravi")) as ravi:
        assert thread(ravi.chat.completions.create(model="hone", messages=said)) != thread(first)


def test_parts_of_text_are_read_and_other_parts_are_not(chat: openai.OpenAI, sample: Served) -> None:
    parts: Any = [{"type": "image_url", "image_url": {"url": "data:,"}}, {"type": "text", "text": QUESTION}]
    reply = chat.chat.completions.create(model="hone", messages=[{"role": "user", "content": parts}])
    assert standalone(sample, reply) == QUESTION


def test_refusals_arrive_as_the_clients_own_errors(chat: openai.OpenAI, sample: Served) -> None:
    with client(sample, "hone_wrong") as stranger, pytest.raises(openai.AuthenticationError) as told:
        stranger.models.list()
    assert told.value.code == "invalid_api_key"
    with pytest.raises(openai.NotFoundError, match="'gpt'"):
        chat.chat.completions.create(model="gpt", messages=SAID)
    with pytest.raises(openai.BadRequestError):
        chat.chat.completions.create(model="hone", messages=[{"role": "system", "content": "Be brief."}])
    with pytest.raises(openai.BadRequestError, match="at most 4,000"):
        chat.chat.completions.create(model="hone", messages=[{"role": "user", "content": "x" * 4001}])
    with pytest.raises(openai.UnprocessableEntityError):
        chat.chat.completions.create(model="hone", messages=[])


def test_an_answer_that_ends_early_is_an_error_in_the_stream(slow: Served) -> None:
    with client(slow, slow.token("ana")) as ana:
        chunks = ana.chat.completions.create(model="hone", messages=SLOW, stream=True)
        assert next(iter(chunks)).choices[0].delta.role == "assistant"
        (run,) = [run for run in slow.service.runs._runs.values() if not run.ended]  # pyright: ignore[reportPrivateUsage]
        run.stop()
        with pytest.raises(openai.APIError, match="stopped"):
            list(chunks)


def test_a_stream_is_never_silent_for_long(slow: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.chat.replies.HEARTBEAT", 0.1)
    with (
        slow.client("ana") as ana,
        ana.stream("POST", "/v1/chat/completions", json={"messages": SLOW, "stream": True}) as reply,
    ):
        assert next(line for line in reply.iter_lines() if line.startswith(":")) == ": working"


def thread(reply: Any) -> str:
    return reply.model_extra["thread"]


def standalone(sample: Served, reply: Any) -> str:
    """The question as it was understood."""
    return sample.service.conversations._asks.ask(reply.model_extra["ask_id"]).plan["standalone"]  # pyright: ignore[reportPrivateUsage]


def test_a_conversation_is_found_again_after_all_places_were_taken(open_workplace: Open) -> None:
    with serving(open_workplace(MUCH)) as served, client(served, served.token("ana")) as ana:
        said = [{"role": "user", "content": "How often is the VPN password changed?"}]
        first = ana.chat.completions.create(model="hone", messages=said)  # pyright: ignore[reportArgumentType]  # plain messages
        more = [*said, {"role": "assistant", "content": first.choices[0].message.content}]
        more.append({"role": "user", "content": "And how long is it?"})
        places = served.service.runs._places  # pyright: ignore[reportPrivateUsage]
        held = [places.take("ana") for _ in range(8)]
        for _ in range(3):
            with pytest.raises(openai.RateLimitError):
                ana.chat.completions.create(model="hone", messages=more)  # pyright: ignore[reportArgumentType]
        for _ in held:
            places.give_back("ana")
        ana.chat.completions.create(model="hone", messages=more)  # pyright: ignore[reportArgumentType]
        with served.client("ana") as plain:
            (thread,) = plain.get("/api/threads").json()
            assert len(plain.get(f"/api/threads/{thread['id']}").json()["turns"]) == 2
