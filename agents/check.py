"""The last node: nothing is said that its passages do not hold."""

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from agents.checking.check import check as check_claims
from agents.checking.claims import read_claims
from agents.compose import compose, without_search
from agents.events import ClaimChecked, Degraded
from agents.plain import plain_answer
from agents.records import Claim, Degradation, Turn
from agents.rules.extracting import extract
from agents.state import Deps, State, planned

REMEMBERED = 20  # turns of a conversation that a follow-up may lean on
HOLDS = frozenset({"quoted", "supported"})


async def check(state: State, runtime: Runtime[Deps]) -> dict[str, Any]:
    """Check every claim, drop what does not hold, and put the rest into words."""
    deps, plan, sufficiency = runtime.context, planned(state), state["sufficiency"]
    degraded: list[Degradation] = []
    if sufficiency is None or plan.intent != "question" or plan.ask_back:
        text, claims = without_search(plan), ()
    else:
        with deps.timed("check"):
            claims = _checked(state)
            if state["draft"] and not _held(claims):
                lost = Degradation(
                    stage="check",
                    what="nothing that the LLM wrote is in its passages",
                    instead="quoted from the documents",
                )
                degraded.append(lost)
                runtime.stream_writer(Degraded(degradation=lost))
                claims = await asyncio.to_thread(extract, plan, state["evidence"], sufficiency, deps.encode)
        for claim in claims:
            runtime.stream_writer(ClaimChecked(claim=claim))
        text = compose(_held(claims), sufficiency, state["evidence"])
    turns = [*state.get("turns", []), Turn(role="user", text=state["question"]), Turn(role="assistant", text=text)]
    return {"claims": claims, "text": text, "turns": turns[-REMEMBERED:], "degraded": degraded}


def _checked(state: State) -> tuple[Claim, ...]:
    evidence = state["evidence"]
    draft = state["draft"]
    claims = read_claims(plain_answer(draft), evidence) if draft else state["claims"]
    # The evidence holds nothing that a search under the asker's filter did not return.
    return check_claims(claims, evidence, {item.hit.passage for item in evidence})


def _held(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    return tuple(claim for claim in claims if claim.support in HOLDS)
