"""What an LLM thinks of passages: do they hold the answer, do they support a claim. Views, not verdicts."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator

from agents.checking.check import Open, Supports
from agents.llm.budget import BYTES_A_TOKEN, Budget
from agents.llm.client import Llm
from agents.llm.passages import cleaned, over_passages, room
from agents.llm.planning import Texts
from agents.llm.requests import LlmFailure, Shape, prompt
from agents.llm.structured import structured
from agents.prompts import ENTAILMENT, READ, SUFFICIENCY
from agents.records import Evidence, Plan
from agents.sanitise import strip_invisible

View = TypeVar("View")

SECONDS = 10.0  # for one view
SHARE = 0.25  # of the time left, at most
REPAIRED = 2  # calls that a structured reply may take
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
    reply = await structured(
        SufficiencyReply, over_passages(SUFFICIENCY.text, question, evidence, llm, budget), llm, budget
    )
    if isinstance(reply, LlmFailure):
        return reply
    existing = {item.number for item in evidence}
    missing = (" ".join(strip_invisible(text).split())[:LONGEST_MISSING] for text in reply.missing)
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
    tokens = room(llm, READ.text + ENTAILMENT.text) // len(claims)
    numbered = enumerate(claims, start=1)
    said = "\n\n".join(_written(number, claim, budget.boundary, tokens) for number, claim in numbered)
    reply = await structured(EntailmentReply, prompt(READ.text, f"{said}\n\n{ENTAILMENT.text}"), llm, budget)
    if isinstance(reply, LlmFailure):
        return reply
    views: list[Supports] = [_support(number, reply) for number in range(1, len(claims) + 1)]
    return tuple(views)


def _support(number: int, reply: EntailmentReply) -> Supports:
    if number in reply.contradicted:  # named twice: the more careful of the two
        return "contradicted"
    return "supported" if number in reply.supported else "unclear"


def _written(number: int, grounds: Open, boundary: str, tokens: int) -> str:
    text = cleaned("\n".join(grounds.passages), boundary).strip()[: tokens * BYTES_A_TOKEN]
    claim = " ".join(cleaned(grounds.claim, boundary).split())
    return f"<{boundary} claim={number}>\n{text}\n</{boundary} claim={number}>\nClaim {number}: {claim}"


def may_be_asked(plan: Plan, llm: Llm | None, budget: Budget, then: int) -> bool:
    """Check whether the LLM may be asked to judge: not where one call is all that a plain question may cost.

    `then` are the calls that must be left behind it. A plan by rules beside an LLM is a plain question's, or tells that
    the LLM does not work.
    """
    spare = budget.llm_calls - budget.calls_made
    return llm is not None and plan.made_by == llm.name and spare >= REPAIRED + then and not budget.exhausted()


async def in_time(
    asking: Coroutine[Any, Any, View | LlmFailure], budget: Budget, seconds: float | None = None
) -> View | LlmFailure:
    """Wait for a view as long as it is worth, which is less than the rest of the ask."""
    seconds = min(SECONDS, SHARE * budget.seconds_left) if seconds is None else seconds
    try:
        async with asyncio.timeout(seconds):
            return await asking
    except TimeoutError:
        return LlmFailure(kind="timeout", what=f"no verdict arrived within {seconds:.1f} s")
