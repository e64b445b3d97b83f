"""After each round: which passages go on, whether they hold the answer, and what else to search for."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from agents.events import Degraded, Judged
from agents.heuristics.conflicts import conflict_of, find_conflicts
from agents.heuristics.hops import next_questions
from agents.heuristics.merging import merge
from agents.heuristics.signals import Measured, measure_signals, unmet_terms
from agents.heuristics.sufficiency import OPEN, with_view
from agents.heuristics.sufficiency import judge as judge_by_rules
from agents.llm.judging import in_time, may_be_asked, view_sufficiency
from agents.llm.requests import LlmFailure
from agents.records import Degradation, Evidence, Plan, Retrieved, Sufficiency
from agents.state import Deps, State, planned

RESERVE = 1.0  # seconds that must be left to answer after another round of searches


async def judge(state: State, runtime: Runtime[Deps]) -> dict[str, Any]:
    """Choose the evidence, judge it, and plan another round while it promises something and time is left."""
    deps, plan, retrieved = runtime.context, planned(state), state["retrieved"]
    degraded: list[Degradation] = []
    with deps.timed("judge"):
        merged = merge(plan, retrieved)
        evidence, sufficiency = await asyncio.to_thread(_judged, plan, retrieved, merged, deps)
        round_made = deps.budget.rounds_made
        further = next_questions(plan, retrieved, merged, round_made)
        if further and (deps.budget.seconds_left < RESERVE or not deps.budget.take_round()):
            further = ()
        if not further:
            degraded = _failed(retrieved)
            sufficiency, lost = await _viewed(sufficiency, evidence, plan, deps)
            degraded += [lost] if lost is not None else []
    runtime.stream_writer(Judged(sufficiency=sufficiency, round=round_made))
    for one in degraded:
        runtime.stream_writer(Degraded(degradation=one))
    return {"evidence": evidence, "sufficiency": sufficiency, "pending": further, "degraded": degraded}


async def _viewed(
    sufficiency: Sufficiency, evidence: Sequence[Evidence], plan: Plan, deps: Deps
) -> tuple[Sufficiency, Degradation | None]:
    """Ask the LLM where the signals leave it open and the budget has a call to spare beside the answer's."""
    llm, budget = deps.llm, deps.budget
    if sufficiency.verdict not in OPEN or llm is None or not may_be_asked(plan, llm, budget, then=1):
        return sufficiency, None
    view = await in_time(view_sufficiency(plan.standalone, evidence, llm, budget), budget)
    if isinstance(view, LlmFailure):
        return sufficiency, Degradation(
            stage="judge", what=view.what, instead="decided from the measured signals instead"
        )
    return with_view(sufficiency, view.verdict, view.missing, conflict_of(evidence, view.conflicting)), None


def _judged(
    plan: Plan, retrieved: list[Retrieved], evidence: tuple[Evidence, ...], deps: Deps
) -> tuple[tuple[Evidence, ...], Sufficiency]:
    """Judge, and number the passages in the order in which an answer would cite them."""
    calibration = deps.calibrated.calibration
    if all(item.result is None for item in retrieved):  # there may be no index to read with either
        return evidence, judge_by_rules({}, calibration, plan)
    measured: Measured = measure_signals(plan, evidence, deps.read)
    conflicts = find_conflicts(plan.standalone, evidence, deps.read)
    sides = [side for one in conflicts for side in (one.newer, one.older)]
    ordered = renumbered(evidence, (*sides, *measured.cited))
    numbers = {item.hit.passage: item.number for item in ordered}
    placed = {item.number: numbers[item.hit.passage] for item in evidence}
    conflicts = tuple(replace(one, older=placed[one.older], newer=placed[one.newer]) for one in conflicts)
    unmet = unmet_terms(plan.standalone, evidence)
    judged = judge_by_rules(measured.signals, calibration, plan, conflicts, unmet)
    asks = judged.verdict in ("best_match", "sufficient")
    return ordered, replace(judged, may_mean=measured.may_mean) if asks else judged


def renumbered(evidence: Sequence[Evidence], first: Sequence[int]) -> tuple[Evidence, ...]:
    """Number passages anew, those with these numbers first."""
    order = {number: place for place, number in enumerate(dict.fromkeys(first))}
    sorted_anew = sorted(evidence, key=lambda item: (order.get(item.number, len(order)), item.number))
    return tuple(replace(item, number=number) for number, item in enumerate(sorted_anew, 1))


def _failed(retrieved: list[Retrieved]) -> list[Degradation]:
    """Report the searches that failed, once, when the last round is over."""
    failed = [item for item in retrieved if item.result is None]
    if len(failed) == len(retrieved):
        whats, instead = dict.fromkeys(item.error for item in failed), "no search worked"
    else:
        whats = dict.fromkeys(f"{item.question.text!r}: {item.error}" for item in failed)
        instead = "answering from the other searches"
    return [Degradation(stage="search", what=what, instead=instead) for what in whats]
