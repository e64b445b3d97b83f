"""After each round: which ten passages go on, whether they hold the answer, and what else to search for."""

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from agents.events import Degraded, Judged
from agents.records import Degradation, Evidence, Plan, Retrieved, Sufficiency
from agents.rules.conflicts import find_conflicts
from agents.rules.hops import next_questions
from agents.rules.merging import merge
from agents.rules.signals import measure_signals, unmet_terms
from agents.rules.sufficiency import judge as judge_by_rules
from agents.state import Deps, State, planned

RESERVE = 1.0  # seconds that must be left to answer after another round of searches


async def judge(state: State, runtime: Runtime[Deps]) -> dict[str, Any]:
    """Choose the evidence, judge it, and plan another round while it promises something and time is left."""
    deps, plan, retrieved = runtime.context, planned(state), state["retrieved"]
    with deps.timed("judge"):
        evidence = merge(plan, retrieved)
        sufficiency = await asyncio.to_thread(_judged, plan, retrieved, evidence, deps)
    round_made = deps.budget.rounds_made
    runtime.stream_writer(Judged(sufficiency=sufficiency, round=round_made))
    further = next_questions(plan, retrieved, evidence, round_made)
    if further and (deps.budget.seconds_left < RESERVE or not deps.budget.take_round()):
        further = ()
    return {
        "evidence": evidence,
        "sufficiency": sufficiency,
        "pending": further,
        "degraded": [] if further else _failed(retrieved, runtime),
    }


def _judged(plan: Plan, retrieved: list[Retrieved], evidence: tuple[Evidence, ...], deps: Deps) -> Sufficiency:
    if all(item.result is None for item in retrieved):  # there may be no index to measure against either
        return judge_by_rules({}, deps.calibrated.calibration, plan)
    signals = measure_signals(plan, retrieved, evidence, deps.background(), deps.encode)
    conflicts = find_conflicts(plan.standalone, evidence)
    return judge_by_rules(signals, deps.calibrated.calibration, plan, conflicts, unmet_terms(plan.standalone, evidence))


def _failed(retrieved: list[Retrieved], runtime: Runtime[Deps]) -> list[Degradation]:
    """Tell of the searches that gave nothing, once, when the last round is over."""
    failed = [item for item in retrieved if item.result is None]
    if len(failed) == len(retrieved):
        whats, instead = dict.fromkeys(item.error for item in failed), "nothing could be searched"
    else:
        whats = dict.fromkeys(f"{item.question.text!r}: {item.error}" for item in failed)
        instead = "answered from the other searches"
    lost = [Degradation(stage="search", what=what, instead=instead) for what in whats]
    for degradation in lost:
        runtime.stream_writer(Degraded(degradation=degradation))
    return lost
