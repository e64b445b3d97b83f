"""An answer in the forms of the OpenAI protocol: as text with its sources, whole, or in pieces as it is streamed."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from itertools import pairwise
from typing import Any, Literal

from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat import chat_completion as completions
from openai.types.chat import chat_completion_chunk as chunks
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from agents.events import Answered, as_json
from agents.records import Answer, Citation
from agents.sanitise import strip_markup
from api.errors import openai_error, refusal_of
from hone.errors import HoneError
from hone.records import Hit
from retriever.cutting.sentences import sentence_starts
from service.documents import link_to
from service.runs import Run

MODEL = "hone"
SOURCES = "\n\nSources:\n"
MARKS = re.compile(r"(?:\[\d+\])+\s*")
CLOSEST = "\n\nThe closest documents:\n"
HEARTBEAT = 5.0  # seconds; proxies give up on a silent stream after some thirty
DONE = b"data: [DONE]\n\n"
Extra = dict[str, Any]


def text_of(answer: Answer) -> str:
    """Write an answer with numbered sources behind it; where it found nothing, with the closest documents.

    An answer is plain text already. Titles come from documents, and chat clients render Markdown.
    """
    if answer.citations:
        cited = {citation.number: citation for citation in reversed(answer.citations)}
        lines = [f"[{number}] {_source(cited[number])}" for number in sorted(cited)]
        return answer.text + SOURCES + "\n".join(lines)
    if answer.closest:
        return answer.text + CLOSEST + "\n".join(f"- {_document(hit)}" for hit in answer.closest)
    return answer.text


def without_sources(text: str) -> str:
    """Take away what `text_of` put behind an answer."""
    for mark in (SOURCES, CLOSEST):
        text = text.rpartition(mark.strip("\n"))[0].rstrip() or text
    return text


def sentences(text: str) -> Iterator[str]:
    """Cut a text into sentences that make it again when put together."""
    starts = (_behind_marks(text, start) for start in sentence_starts(text, 0, len(text)))
    for start, end in pairwise((0, *starts, len(text))):
        if start < end:
            yield text[start:end]


def _behind_marks(text: str, start: int) -> int:
    """Leave citation marks with the sentence that they stand behind."""
    marks = MARKS.match(text, start)
    return marks.end() if marks else start


def _source(citation: Citation) -> str:
    page = f", page {citation.page}" if citation.page else ""
    link = citation.url if citation.url.startswith(("http://", "https://")) else ""
    return _line(f"{citation.title or citation.document}{page}", link)


def _document(hit: Hit) -> str:
    return _line(hit.title or hit.document, link_to(hit.url, hit.kind, hit.page, hit.heading))


def _line(title: str, link: str) -> str:
    title = strip_markup(" ".join(title.split()))
    return f"{title} — {link}" if link else title


def completion(run: Run, answer: Answer, text: str) -> ChatCompletion:
    """Write an answer as one reply."""
    message = ChatCompletionMessage(role="assistant", content=text)
    choice = completions.Choice(index=0, message=message, finish_reason="stop")
    return ChatCompletion(**_head(run), object="chat.completion", choices=[choice], **extra(answer))


async def streamed(run: Run, finish: Callable[[Answer], str]) -> AsyncGenerator[bytes]:
    """Stream an answer once it is checked, sentence by sentence; until then comments show that it is worked on.

    What an LLM writes before the check may not hold, so none of it is streamed here.
    """
    yield _chunk(run, ChoiceDelta(role="assistant", content=""))
    waiting = asyncio.create_task(ended(run))
    try:
        while not (await asyncio.wait({waiting}, timeout=HEARTBEAT))[0]:
            yield b": working\n\n"
    finally:
        waiting.cancel()
    try:
        answer = answer_of(run)
    except HoneError as error:
        yield _data(json.dumps(openai_error(refusal_of(error)), ensure_ascii=False))
        return
    for sentence in sentences(finish(answer)):
        yield _chunk(run, ChoiceDelta(content=sentence))
    yield _chunk(run, ChoiceDelta(), finish_reason="stop", more=extra(answer))
    yield DONE


async def ended(run: Run) -> None:
    """Wait for the end of a run."""
    async with aclosing(run.follow()) as events:
        async for _ in events:
            pass


def answer_of(run: Run) -> Answer:
    """Return the answer of a run that has ended, or raise what kept it from one."""
    if run.answer is not None:
        return run.answer
    raise run.error or HoneError("The answer was stopped.", hint="Ask again.")


def extra(answer: Answer) -> Extra:
    """Collect what the protocol has no place for: citations, what disagrees or is missing, and the verdict."""
    body = as_json(Answered(answer=answer))
    return {
        name: body[name]
        for name in ("citations", "conflicts", "missing", "may_mean", "verdict", "degraded", "ask_id", "thread")
    }


def _chunk(
    run: Run, delta: ChoiceDelta, *, finish_reason: Literal["stop"] | None = None, more: Extra | None = None
) -> bytes:
    choice = chunks.Choice(index=0, delta=delta, finish_reason=finish_reason)
    chunk = ChatCompletionChunk(**_head(run), object="chat.completion.chunk", choices=[choice], **(more or {}))
    return _data(chunk.model_dump_json(exclude_unset=True))


def _head(run: Run) -> Extra:
    return {"id": f"chatcmpl-{run.id}", "created": int(run.began), "model": MODEL}


def _data(text: str) -> bytes:
    return f"data: {text}\n\n".encode()
