"""Which passage answers a question, by the probability of one token: what a small LLM is better at than at writing."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from agents.heuristics.parts import parts_of
from agents.llm.budget import Budget
from agents.llm.client import Llm
from agents.llm.passages import cleaned
from agents.llm.requests import LlmFailure, PromptMessage, Request, prompt
from agents.prompts import POINT, READ
from agents.records import Evidence, Plan

MOST = 3  # passages; each costs a small LLM on a plain machine seconds to read
LONGEST = 700  # characters of one
LONGEST_QUESTION = 600
UNSEEN = 1e-4  # the probability of a token that is not among those that the server tells
SECONDS = 20.0  # for a verdict
SHARE = 0.5  # of the time left, at most
CALLS = 2  # one an order: a small LLM likes what stands first


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """How probable it is that a passage answers, and that each does; by evidence number, together they make it."""

    some: float
    each: dict[int, float]

    @property
    def odds(self) -> float:
        """The log odds that one of them answers."""
        return log_odds(self.some)


def log_odds(chance: float) -> float:
    """Return the log odds of a probability, as far as a server tells it."""
    return log(max(chance, UNSEEN) / max(1.0 - chance, UNSEEN))


async def point(
    question: str, evidence: Sequence[Evidence], llm: Llm, budget: Budget, seconds: float = SECONDS
) -> Pointed | LlmFailure:
    """Ask which of the best passages answers: from the first to the last, then backwards where there is time for it."""
    best, began, views = list(evidence[:MOST]), time.monotonic(), list[Pointed]()
    for ordered in (best, best[::-1])[: CALLS if len(best) > 1 else 1]:
        if views and (time.monotonic() - began) * 2 > seconds:
            break
        view = await point_once(question, ordered, llm, budget)
        if isinstance(view, LlmFailure) and not views:
            return view
        views += [view] if isinstance(view, Pointed) else []
    each = {item.number: sum(view.each[item.number] for view in views) / len(views) for item in best}
    return Pointed(some=sum(view.some for view in views) / len(views), each=each)


def may_point(plan: Plan, llm: Llm | None, budget: Budget) -> bool:
    """Check whether to ask: of one question without parts, where calls are left behind it to write and to check."""
    spare = budget.llm_calls - budget.calls_made
    return (
        llm is not None and llm.capabilities.points and not parts_of(plan) and spare > CALLS and not budget.exhausted()
    )


def seconds_for(budget: Budget) -> float:
    """Return the seconds that a verdict may take; what the documents say is shown meanwhile."""
    return min(SECONDS, SHARE * budget.seconds_left)


async def point_once(question: str, ordered: Sequence[Evidence], llm: Llm, budget: Budget) -> Pointed | LlmFailure:
    """Ask once, of passages in this order."""
    request = Request(messages=pointing_messages(question, ordered, budget), one_token=True)
    reply = await llm.reply(request, budget)
    if isinstance(reply, LlmFailure):
        return reply
    if not reply.chances:
        return LlmFailure(kind="rejected", what="the endpoint doesn't say how probable a token is")
    weights = [max(reply.chances.get(str(number), 0.0), 0.0) for number in range(len(ordered) + 1)]
    if sum(weights) < UNSEEN:
        return LlmFailure(kind="wrong_schema", what="it replied with something else than a passage's number")
    total = sum(weights)
    each = {item.number: weight / total for item, weight in zip(ordered, weights[1:], strict=True)}
    return Pointed(some=sum(each.values()), each=each)


def pointing_messages(question: str, ordered: Sequence[Evidence], budget: Budget) -> tuple[PromptMessage, ...]:
    """Write the prompt: the passages, numbered anew in this order, then what is wanted, the question last."""
    blocks = "\n\n".join(_block(place, item, budget.boundary) for place, item in enumerate(ordered, start=1))
    asked = " ".join(cleaned(question, budget.boundary).split())[:LONGEST_QUESTION]
    return prompt(READ.text, POINT.filled(passages=blocks, question=asked))


def _block(place: int, item: Evidence, boundary: str) -> str:
    hit = item.hit
    title = " › ".join(" ".join(cleaned(part, boundary).split()) for part in (hit.title, *hit.heading) if part)
    text = cleaned(hit.text, boundary).strip()
    if len(text) > LONGEST:
        text = text[:LONGEST].rsplit(" ", 1)[0] + " …"
    return f"<{boundary} number={place}>\n{title[:200]}\n{text}\n</{boundary}>"
