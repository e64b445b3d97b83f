"""What an LLM thinks of passages: do they hold the answer, do they support a claim. Views, not verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator

from agents.checking.entailment import Open, Supports
from agents.invisible import readable
from agents.llm.budget import Budget, estimate_tokens
from agents.llm.client import Llm
from agents.llm.failures import LlmFailure
from agents.llm.passages import cleaned, fenced, new_boundary
from agents.llm.planning import Texts
from agents.llm.requests import Message, Shape
from agents.llm.structured import structured
from agents.prompts import ENTAILMENT, QUESTION, SUFFICIENCY
from agents.records import Evidence

SPARE = 200  # tokens for what estimates miss
MOST_MISSING = 4
LONGEST_MISSING = 120  # characters


def _numbers(value: object) -> object:
    """Take what small models write for a list of numbers: one number, digits in strings, marks in brackets."""
    items: list[object] = list(value) if isinstance(value, list | tuple) else [value]  # pyright: ignore[reportUnknownArgumentType]  # JSON
    found = [str(item).strip(" []") for item in items if item is not None]
    return [int(text) for text in found if text.isdecimal() and len(text) < 5]


Numbers = Annotated[tuple[int, ...], BeforeValidator(_numbers)]


class SufficiencyReply(Shape):
    """Whether passages hold the answer."""

    verdict: Literal["sufficient", "partial", "conflicting", "insufficient"]
    answering: Numbers = ()
    conflicting: Numbers = ()
    missing: Texts = ()


class EntailmentReply(Shape):
    """Which claims their passages support."""

    supported: Numbers = ()
    contradicted: Numbers = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SufficiencyView:
    """What the LLM thinks of the passages as a whole; numbers are those of the evidence."""

    verdict: Literal["sufficient", "partial", "conflicting", "insufficient"]
    answering: tuple[int, ...]
    conflicting: tuple[int, ...]
    missing: tuple[str, ...]


async def view_sufficiency(
    question: str, evidence: Sequence[Evidence], llm: Llm, budget: Budget
) -> SufficiencyView | LlmFailure:
    """Ask whether the passages hold the answer."""
    boundary = new_boundary()
    rules, asked = SUFFICIENCY.filled(boundary=boundary), cleaned(question, boundary).strip()
    passages = fenced(evidence, boundary, _room(llm, rules + asked))
    said = QUESTION.filled(passages=passages, hint="", question=asked)
    reply = await structured(SufficiencyReply, _prompt(rules, said), llm, budget)
    if isinstance(reply, LlmFailure):
        return reply
    existing = {item.number for item in evidence}
    missing = (" ".join(readable(text).split())[:LONGEST_MISSING] for text in reply.missing)
    return SufficiencyView(
        verdict=reply.verdict,
        answering=tuple(sorted(existing & set(reply.answering))),
        conflicting=tuple(sorted(existing & set(reply.conflicting))),
        missing=tuple(text for text in missing if text)[:MOST_MISSING],
    )


async def entails(claims: Sequence[Open], llm: Llm, budget: Budget) -> tuple[Supports, ...] | LlmFailure:
    """Ask in one call which claims their passages support; in the claims' order."""
    if not claims:
        return ()
    boundary = new_boundary()
    rules = ENTAILMENT.filled(boundary=boundary)
    room = _room(llm, rules) // len(claims)
    said = "\n\n".join(_written(number, claim, boundary, room) for number, claim in enumerate(claims, start=1))
    reply = await structured(EntailmentReply, _prompt(rules, said), llm, budget)
    if isinstance(reply, LlmFailure):
        return reply
    views: list[Supports] = [_support(number, reply) for number in range(1, len(claims) + 1)]
    return tuple(views)


def _support(number: int, reply: EntailmentReply) -> Supports:
    if number in reply.contradicted:  # named twice: the more careful of the two
        return "contradicted"
    return "supported" if number in reply.supported else "unclear"


def _written(number: int, grounds: Open, boundary: str, tokens: int) -> str:
    text = cleaned("\n".join(grounds.passages), boundary).strip()[: tokens * 3]
    claim = " ".join(cleaned(grounds.claim, boundary).split())
    return f"<{boundary} claim={number}>\n{text}\n</{boundary} claim={number}>\nClaim {number}: {claim}"


def _prompt(rules: str, said: str) -> tuple[Message, ...]:
    return Message(role="system", text=rules), Message(role="user", text=said)


def _room(llm: Llm, taken: str) -> int:
    return llm.settings.context_tokens - llm.settings.max_tokens - estimate_tokens(taken) - SPARE
