"""What kept verdicts come to: how well each way tells what has an answer from what has none, one world left out."""

from collections.abc import Callable, Mapping, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from agents.calibration import AnswerCalibration, packaged_calibration
from agents.llm.verdict import LEAST, USUAL, WEIGHT
from benchmarks.small_llm.verdicts import Viewed
from eval.answers.risk import auroc
from eval.calibration.fit import COUNTED, LabelledSignals, fit_calibration
from eval.statistics import bootstrap

ODDS = "llm_odds"
FEWEST = 10  # questions of a kind that a fit on other worlds needs

Score = Callable[[Viewed], float]


def figures_of(kept: Sequence[Viewed]) -> dict[str, object]:
    """Compute every figure, by world and over all worlds."""
    worlds = list(dict.fromkeys(one.world for one in kept))
    figures: dict[str, object] = {}
    ways = _ways(kept, worlds)
    for world in worlds:
        own = [one for one in kept if one.world == world]
        able = sum(one.answerable for one in own)
        figures[f"{world}: questions with an answer, without"] = f"{able}, {len(own) - able}"
        for name, score in ways.items():
            figures[f"{world}: AUROC, {name}"] = told(own, score)
    for name, score in ways.items():
        values = [auroc(*_columns([one for one in kept if one.world == world], score)) for world in worlds]
        figures[f"mean of worlds: AUROC, {name}"] = round(float(np.nanmean(values)), 3)
    figures |= _outcomes(kept)
    both = [one for one in kept if one.backward is not None]
    if both:
        apart = [abs(one.forward - (one.backward or 0.0)) for one in both]
        figures["both orders: questions, mean and largest difference"] = (
            f"{len(both)}, {np.mean(apart):.3f}, {max(apart):.3f}"
        )
    first = [one.first_forward == 1 for one in kept]
    figures["it points at what stands first"] = f"{np.mean(first):.2f} of {len(first)}"
    figures["median seconds of one order"] = round(float(np.median([one.seconds for one in kept])), 1)
    return figures


def told(rows: Sequence[Viewed], score: Score) -> str:
    """Compute an AUROC with its interval."""
    pairs = np.column_stack(_columns(rows, score))
    return str(bootstrap(pairs, lambda drawn: [auroc(one[:, 0], one[:, 1]) for one in drawn]))


def odds_of(one: Viewed) -> float:
    """Return the log odds that some passage answers."""
    some = min(max(one.forward, LEAST), 1 - LEAST)
    return log(some / (1 - some))


def combined(one: Viewed, fit: AnswerCalibration, weight: float = WEIGHT) -> float:
    """Return the log odds as the product joins them."""
    chance = min(max(fit.probability(one.signals), LEAST), 1 - LEAST)
    return log(chance / (1 - chance)) + weight * (odds_of(one) - USUAL)


def _ways(kept: Sequence[Viewed], worlds: Sequence[str]) -> Mapping[str, Score]:
    """List the ways to score; each fit is one on the other worlds."""
    packaged = packaged_calibration()
    ways: dict[str, Score] = {
        "one token": lambda one: one.forward,
        "packaged signals (fitted on these worlds too)": lambda one: packaged.probability(one.signals),
        "packaged signals and one token, as the product joins them": lambda one: combined(one, packaged),
    }
    if all(one.yes for one in kept):
        ways["yes to the first passage alone"] = lambda one: one.yes[0]
    for weight in (0.25, 0.5, 1.0, 2.0):
        ways[f"packaged signals and {weight} of the one token"] = lambda one, w=weight: combined(one, packaged, w)
    for name, signals in (
        ("signals, fitted on the other worlds", COUNTED),
        ("signals and one token, fitted on the other worlds", (*COUNTED, ODDS)),
    ):
        fits = {world: _fit([one for one in kept if one.world != world], signals) for world in worlds}
        if all(fits.values()):
            ways[name] = lambda one, fits=fits: _chance(fits[one.world], one)
    return ways


def _fit(rows: Sequence[Viewed], signals: Sequence[str]) -> AnswerCalibration | None:
    labelled = [LabelledSignals(signals=_with_odds(one), answerable=one.answerable) for one in rows]
    if min(sum(one.answerable is kind for one in rows) for kind in (True, False)) < FEWEST:
        return None
    return fit_calibration(labelled, "benchmark", signals)


def _chance(fit: AnswerCalibration | None, one: Viewed) -> float:
    assert fit is not None
    return fit.probability(_with_odds(one))


def _with_odds(one: Viewed) -> Mapping[str, float]:
    return {**one.signals, ODDS: odds_of(one)}


def _outcomes(kept: Sequence[Viewed]) -> dict[str, object]:
    """Count what the packaged thresholds make of questions with an answer and without, with the LLM and without."""
    fit = packaged_calibration()
    found: dict[str, object] = {}
    for kind, name in ((True, "with an answer"), (False, "without an answer")):
        rows = [one for one in kept if one.answerable is kind]
        for way, odds in (
            ("measured", [combined(one, fit, 0.0) for one in rows]),
            ("with one token", [combined(one, fit) for one in rows]),
        ):
            chances = [1 / (1 + np.exp(-value)) for value in odds]
            answered = sum(chance >= fit.sufficient for chance in chances)
            refused = sum(chance < fit.best_match for chance in chances)
            shares = [answered, len(rows) - answered - refused, refused]
            found[f"{name}, {way}: answered, closest shown, refused"] = ", ".join(
                f"{count / max(len(rows), 1):.2f}" for count in shares
            )
    return found


def _columns(rows: Sequence[Viewed], score: Score) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (
        np.array([score(one) for one in rows], dtype=np.float64),
        np.array([one.answerable for one in rows], dtype=np.float64),
    )
