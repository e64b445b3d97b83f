"""Whether the passages hold the answer: the verdict, from signals and a calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from agents.calibration import AnswerCalibration
from agents.heuristics.parts import parts_of
from agents.records import Conflict, Plan, Sufficiency, Verdict

ViewVerdict = Literal["sufficient", "partial", "conflicting", "insufficient"]
OPEN: frozenset[Verdict] = frozenset({"best_match", "partial"})  # what an LLM's view may change
VIEWED: Mapping[ViewVerdict, float] = {"sufficient": 1.0, "conflicting": 1.0, "partial": 0.5, "insufficient": 0.0}


def judge(
    signals: Mapping[str, float],
    calibration: AnswerCalibration,
    plan: Plan,
    conflicts: Sequence[Conflict] = (),
    unmet: Sequence[str] = (),
) -> Sufficiency:
    """Decide the verdict; `unmet` are the names and numbers of the question that no passage has."""
    if plan.intent in {"greeting", "out_of_scope"}:
        return Sufficiency(verdict="out_of_scope", probability=0.0, signals=signals)
    if not signals:
        return Sufficiency(verdict="insufficient", probability=0.0, missing=_texts(plan), signals=signals)
    chances = _chances(signals, calibration, plan)
    probability = min(chances.values()) if len(chances) == 1 else sum(chances.values()) / len(chances)
    lacking = tuple(text for text, chance in chances.items() if chance < calibration.best_match)
    verdict = _verdict(chances, calibration, conflicts)
    missing = lacking if len(chances) > 1 or verdict == "insufficient" else ()
    if verdict in {"best_match", "partial", "insufficient"}:
        missing = (*missing, *(name for name in unmet if name not in missing))
    return Sufficiency(
        verdict=verdict,
        probability=probability,
        missing=missing,
        conflicts=tuple(conflicts),
        signals=signals,
    )


def with_view(
    sufficiency: Sufficiency, verdict: ViewVerdict, missing: Sequence[str], conflict: Conflict | None
) -> Sufficiency:
    """Follow an LLM's view where the measured signals leave it open; the probability stays what was measured.

    The view is kept among the signals, so that one day it can be said what it is worth.
    """
    if sufficiency.verdict not in OPEN:
        return sufficiency
    if verdict == "conflicting" and conflict is None:  # it does not say between which documents
        verdict = "partial"
    return replace(
        sufficiency,
        verdict=verdict,
        missing=() if verdict in {"sufficient", "conflicting"} else tuple(missing) or sufficiency.missing,
        conflicts=(conflict,) if verdict == "conflicting" and conflict is not None else sufficiency.conflicts,
        signals={**sufficiency.signals, "llm_view": VIEWED[verdict]},
    )


def _verdict(chances: Mapping[str, float], calibration: AnswerCalibration, conflicts: Sequence[Conflict]) -> Verdict:
    lacking = sum(chance < calibration.best_match for chance in chances.values())
    if lacking == len(chances):
        return "insufficient"
    if conflicts:
        return "conflicting"
    if lacking:
        return "partial"
    return "sufficient" if all(chance >= calibration.sufficient for chance in chances.values()) else "best_match"


def _chances(signals: Mapping[str, float], calibration: AnswerCalibration, plan: Plan) -> dict[str, float]:
    """Compute each part's probability by its text; a question of one part has its own."""
    found: dict[str, float] = {}
    for part in parts_of(plan):
        start = f"{part.id}."
        own = {name.removeprefix(start): value for name, value in signals.items() if name.startswith(start)}
        if own:
            found[part.text] = calibration.probability(own)
    return found or {plan.standalone: calibration.probability(signals)}


def _texts(plan: Plan) -> tuple[str, ...]:
    return tuple(item.text for item in plan.questions if item.reason in {"asked", "part"})
