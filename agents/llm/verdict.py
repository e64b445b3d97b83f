"""The verdict from what was measured and from what an LLM points at, together; neither decides alone."""

from collections.abc import Sequence
from dataclasses import replace
from math import exp, log

from agents.calibration import AnswerCalibration
from agents.llm.budget import Budget
from agents.llm.client import Llm
from agents.llm.judging import in_time
from agents.llm.pointing import point, seconds_for
from agents.llm.requests import LlmFailure
from agents.records import Evidence, Plan, Sufficiency, Verdict

# Measured with one world left out: docs/experiments/2026-12-01-small-llm.md.
WEIGHT = 0.6  # of the LLM's log odds beside those of the measured signals
USUAL = 1.0  # its log odds where it knows nothing: small models find an answer everywhere
LEAST = 1e-6  # of a probability, so that its log odds exist


async def pointed_verdict(
    plan: Plan, sufficiency: Sufficiency, evidence: Sequence[Evidence], llm: Llm, budget: Budget, fit: AnswerCalibration
) -> Sufficiency | LlmFailure:
    """Ask the LLM which passage answers, and judge anew with what it says."""
    seconds = seconds_for(budget)
    pointed = await in_time(point(plan.standalone, evidence, llm, budget, seconds), budget, seconds)
    if isinstance(pointed, LlmFailure):
        return pointed
    return with_odds(sufficiency, pointed.odds, fit, plan.standalone)


def with_odds(sufficiency: Sufficiency, odds: float, fit: AnswerCalibration, question: str) -> Sufficiency:
    """Judge anew with an LLM's log odds that a passage answers; what is in conflict stays so."""
    measured = min(max(sufficiency.probability, LEAST), 1 - LEAST)
    chance = 1 / (1 + exp(-(log(measured / (1 - measured)) + WEIGHT * (odds - USUAL))))
    verdict = sufficiency.verdict if sufficiency.verdict == "conflicting" else _verdict(chance, fit)
    missing = tuple(name for name in sufficiency.missing if name != question)
    return replace(
        sufficiency,
        verdict=verdict,
        probability=chance,
        missing=(question, *missing) if verdict == "insufficient" else () if verdict == "sufficient" else missing,
        signals={**sufficiency.signals, "llm_odds": odds},
    )


def _verdict(chance: float, fit: AnswerCalibration) -> Verdict:
    if chance >= fit.sufficient:
        return "sufficient"
    return "best_match" if chance >= fit.best_match else "insufficient"
