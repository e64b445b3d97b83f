"""The answer as an LLM writes it: from numbered passages, streamed, with no tools and nothing but text coming out."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from agents.llm.budget import Budget, estimate_tokens
from agents.llm.client import Llm
from agents.llm.failures import LlmFailure
from agents.llm.language import other_language
from agents.llm.passages import cleaned, fenced, new_boundary
from agents.llm.requests import Message, Request
from agents.prompts import QUESTION, WRITE
from agents.records import Evidence, Sufficiency
from agents.sanitise import PlainStream

LONGEST_QUESTION = 4000  # characters
SPARE = 200  # tokens for what estimates miss
EARLY = 160  # characters after which the language of an answer is looked at for the first time


async def write_answer(
    question: str, evidence: Sequence[Evidence], sufficiency: Sufficiency, llm: Llm, budget: Budget
) -> AsyncGenerator[str | LlmFailure]:
    """Stream the answer as plain text; a failure, if there is one, comes last, after what was written till then."""
    plain, written, looked = PlainStream(), "", False
    async with aclosing(llm.pieces(writing_request(question, evidence, sufficiency, llm), budget)) as pieces:
        async for piece in pieces:
            if isinstance(piece, LlmFailure):
                if rest := plain.rest():
                    yield rest
                yield piece
                return
            if text := plain.add(piece.text):
                written += text
                yield text
            if not looked and len(written) >= EARLY:
                looked = True
                if wrong := _wrong_language(question, written):
                    yield wrong
                    return
    if rest := plain.rest():
        yield rest
    if wrong := _wrong_language(question, written + rest):
        yield wrong


def writing_request(question: str, evidence: Sequence[Evidence], sufficiency: Sufficiency, llm: Llm) -> Request:
    """Write the prompt: rules first, then as many passages as the model's context holds, the question last."""
    boundary = new_boundary()
    rules = WRITE.filled(boundary=boundary)
    asked = cleaned(question, boundary)[:LONGEST_QUESTION].strip()
    hint = _hint(sufficiency)
    room = llm.settings.context_tokens - llm.settings.max_tokens - estimate_tokens(rules + asked + hint) - SPARE
    passages = fenced(evidence, boundary, room)
    return Request(
        messages=(
            Message(role="system", text=rules),
            Message(role="user", text=QUESTION.filled(passages=passages, hint=hint, question=asked)),
        )
    )


def _hint(sufficiency: Sufficiency) -> str:
    pairs = [f"[{conflict.older}] and [{conflict.newer}]" for conflict in sufficiency.conflicts]
    hints = [f"Passages {', '.join(pairs)} may contradict each other." if pairs else ""]
    hints.append("They may answer only a part of the question." if sufficiency.verdict == "partial" else "")
    said = " ".join(hint for hint in hints if hint)
    return f"\n{said}" if said else ""


def _wrong_language(question: str, written: str) -> LlmFailure | None:
    language = other_language(question, written)
    what = f"the answer seems to be in another language than the question ({language})"
    return LlmFailure(kind="wrong_language", what=what) if language else None
