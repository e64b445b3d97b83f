"""The last node: nothing is said that its passages do not hold."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from agents.checking.check import check as check_claims
from agents.checking.check import open_claims, read_claims, settled
from agents.compose import FAILED, compose, without_search
from agents.events import ClaimChecked, Degraded
from agents.heuristics.extracting import extract
from agents.llm.judging import entails, in_time, may_be_asked
from agents.llm.requests import LlmFailure
from agents.records import Claim, Degradation, Sufficiency, Turn
from agents.sanitise import strip_markup
from agents.state import Deps, State, planned, said_before

REMEMBERED = 20  # turns of a conversation that a follow-up may lean on
HOLDS = frozenset({"quoted", "supported"})
UNSUPPORTED = Degradation(
    stage="check",
    what="nothing the LLM wrote is supported by its passages",
    instead="showing quotes from the documents instead",
)


async def check(state: State, runtime: Runtime[Deps]) -> dict[str, Any]:
    """Check every claim, drop what does not hold, and put the rest into words."""
    deps, sufficiency = runtime.context, state["sufficiency"]
    degraded: list[Degradation] = []
    if sufficiency is None:
        text, claims = without_search(planned(state)), ()
    else:
        with deps.timed("check"):
            made = read(state["draft"], state) if state["draft"] else state["claims"]
            claims = await asyncio.to_thread(checked, made, state, deps)
            if state["draft"]:
                claims, lost = await _viewed(claims, state, deps)
                degraded += [lost] if lost is not None else []
            if state["draft"] and not held(claims):
                degraded.append(UNSUPPORTED)
                claims = await asyncio.to_thread(checked, state["claims"], state, deps)
        for one in degraded:
            runtime.stream_writer(Degraded(degradation=one))
        for claim in claims:
            runtime.stream_writer(ClaimChecked(claim=claim))
        text = said(claims, sufficiency, state)
    turns = [*said_before(state), Turn(role="user", text=state["question"]), Turn(role="assistant", text=text)]
    return {"claims": claims, "text": text, "turns": turns[-REMEMBERED:], "degraded": degraded}


async def _viewed(claims: tuple[Claim, ...], state: State, deps: Deps) -> tuple[tuple[Claim, ...], Degradation | None]:
    """Ask the LLM about claims that words do not settle, where the budget has a call to spare."""
    asked, llm, budget = open_claims(claims, state["evidence"]), deps.llm, deps.budget
    if not asked or llm is None or not llm.capabilities.may("judge"):
        return claims, None
    if not may_be_asked(planned(state), llm, budget, then=0):
        return claims, None
    views = await in_time(entails(asked, llm, budget), budget)
    if isinstance(views, LlmFailure):
        return claims, Degradation(stage="check", what=views.what, instead="checked by rules only")
    return settled(claims, asked, views), None


def read(draft: str, state: State) -> tuple[Claim, ...]:
    """Read what a written text claims."""
    return read_claims(strip_markup(draft), state["evidence"])


def quoted(state: State, deps: Deps) -> tuple[Claim, ...]:
    """Quote what answers, checked like everything else."""
    sufficiency = state["sufficiency"]
    assert sufficiency is not None
    return checked(extract(planned(state), state["evidence"], sufficiency, deps.read), state, deps)


def checked(claims: Sequence[Claim], state: State, deps: Deps) -> tuple[Claim, ...]:
    """Check claims against what the asker may read now; all but their quotes is made plain text."""
    evidence = state["evidence"]
    permitted = deps.permitted([item.hit.passage for item in evidence])
    found = check_claims(claims, evidence, permitted, planned(state).standalone)
    return tuple(replace(claim, text=strip_markup(claim.text)) for claim in found)


def held(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return the claims that may be said."""
    return tuple(claim for claim in claims if claim.support in HOLDS)


def said(claims: Sequence[Claim], sufficiency: Sufficiency, state: State) -> str:
    """Put what holds into words; titles and what is missing come from outside, so all of it is made plain."""
    if all(item.result is None for item in state["retrieved"]):
        return FAILED
    return strip_markup(compose(held(claims), sufficiency, state["evidence"]))
