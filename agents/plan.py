"""The first node: what is wanted, from the conversation and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from langgraph.runtime import Runtime

from agents.events import Degraded, Planned
from agents.heuristics.planning import has_asked_back
from agents.heuristics.planning import plan as plan_by_rules
from agents.llm.planning import plan_with_llm
from agents.llm.requests import LlmFailure
from agents.records import Degradation, Plan, Turn
from agents.state import Deps, State, said_before

LOOKED_UP = frozenset({"question", "unclear"})  # of what is unclear and may not be asked back, the best is made
PLAIN = 30  # words: a longer question is worth a plan of its own


async def plan(state: State, runtime: Runtime[Deps]) -> dict[str, Any]:
    """Plan the searches; an LLM is asked only where rules may not be enough, so a plain question costs it nothing."""
    deps = runtime.context
    with deps.timed("plan"):
        made, degraded = await _planned(state, runtime)
    runtime.stream_writer(Planned(plan=made))
    searching = made.questions if made.intent in LOOKED_UP and not made.ask_back else ()
    if searching and not deps.budget.take_round():
        searching = ()
    return {"plan": made, "pending": searching, "degraded": degraded}


async def _planned(state: State, runtime: Runtime[Deps]) -> tuple[Plan, list[Degradation]]:
    deps = runtime.context
    turns = [*said_before(state), Turn(role="user", text=state["question"])]
    today = datetime.now(UTC).date()
    made = plan_by_rules(turns, deps.sources, deps.kinds, today)
    degraded: list[Degradation] = []
    if deps.llm is not None and deps.llm.capabilities.may("plan") and not is_plain(turns, made):
        planned = await plan_with_llm(turns, today, deps.sources, deps.kinds, deps.llm, deps.budget)
        if isinstance(planned, LlmFailure):
            lost = Degradation(stage="plan", what=planned.what, instead="planned with rules instead")
            degraded.append(lost)
            runtime.stream_writer(Degraded(degradation=lost))
        else:
            made = planned
    if made.ask_back and has_asked_back(turns):
        made = replace(made, ask_back="")
    return made, degraded


def is_plain(turns: list[Turn], made: Plan) -> bool:
    """Recognise a question that rules plan as well as anybody: alone, short, and of one part."""
    return len(turns) == 1 and len(made.questions) <= 1 and len(made.standalone.split()) <= PLAIN
