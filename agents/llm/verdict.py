"""The verdict from what was measured and from what an LLM points at, together; neither decides alone."""

from collections.abc import Sequence
from dataclasses import replace
from math import exp, log

from agents.calibration import AnswerCalibration
from agents.llm.budget import Budget
from agents.llm.capabilities import EndpointFacts
from agents.llm.client import Llm
from agents.llm.judging import in_time
from agents.llm.pointing import point, seconds_for
from agents.llm.requests import LlmFailure
from agents.records import Evidence, Plan, Sufficiency, Verdict

# What an LLM's verdict counts for beside the measured signals, in log odds, where it is as sure as it mostly is of
# questions that it knows to have an answer: docs/experiments/2026-12-01-small-llm.md.
STRENGTH = 1.5
MOST = 3.0  # times that sure; beyond it a model is only louder
LEAST = 1e-6  # of a probability, so that its log odds exist


async def pointed_verdict(
    plan: Plan, sufficiency: Sufficiency, evidence: Sequence[Evidence], llm: Llm, budget: Budget, fit: AnswerCalibration
) -> Sufficiency | LlmFailure:
    """Ask the LLM which passage answers, and judge anew with what it says."""
    seconds = seconds_for(budget)
    pointed = await in_time(point(plan.standalone, evidence, llm, budget, seconds), budget, seconds)
    if isinstance(pointed, LlmFailure):
        return pointed
    return with_view(sufficiency, surer(pointed.odds, llm.capabilities.known), fit, plan.standalone)


def surer(odds: float, known: EndpointFacts) -> float:
    """Say how sure a model is by its own measure: 1 as of most that has an answer, -1 as of most that has none."""
    return min(max((odds - known.usual_odds) / known.odds_apart, -MOST), MOST)


def joined(probability: float, sure: float) -> float:
    """Join a measured probability with how sure a model is."""
    measured = min(max(probability, LEAST), 1 - LEAST)
    return 1 / (1 + exp(-(log(measured / (1 - measured)) + STRENGTH * sure)))


def with_view(sufficiency: Sufficiency, sure: float, fit: AnswerCalibration, question: str) -> Sufficiency:
    """Judge anew with how sure an LLM is that a passage answers; what is in conflict stays so."""
    chance = joined(sufficiency.probability, sure)
    verdict = sufficiency.verdict if sufficiency.verdict == "conflicting" else _verdict(chance, fit)
    missing = tuple(name for name in sufficiency.missing if name != question)
    return replace(
        sufficiency,
        verdict=verdict,
        probability=chance,
        missing=(question, *missing) if verdict == "insufficient" else () if verdict == "sufficient" else missing,
        may_mean=() if verdict == "insufficient" else sufficiency.may_mean,
        signals={**sufficiency.signals, "llm_sure": sure},
    )


def _verdict(chance: float, fit: AnswerCalibration) -> Verdict:
    if chance >= fit.sufficient:
        return "sufficient"
    return "best_match" if chance >= fit.best_match else "insufficient"
