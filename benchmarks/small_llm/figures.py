"""What kept verdicts come to: how well each way tells what has an answer from what has none, one world left out."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from agents.calibration import AnswerCalibration, packaged_calibration
from agents.llm.capabilities import EndpointFacts
from agents.llm.pointing import log_odds
from agents.llm.verdict import STRENGTH, joined, surer
from benchmarks.small_llm.verdicts import Viewed
from eval.answers.risk import auroc
from eval.calibration.fit import COUNTED, LabelledSignals, fit_calibration
from eval.statistics import bootstrap

SURE = "llm_sure"
FEWEST = 10  # questions of a kind that a fit on other worlds needs

Score = Callable[[Viewed], float]


def figures_of(kept: Sequence[Viewed], model: EndpointFacts) -> dict[str, object]:
    """Compute every figure, by world and over all worlds; the model's own measure is what `hone llm check` found."""
    worlds = list(dict.fromkeys(one.world for one in kept))
    figures: dict[str, object] = {"usual odds, and how far apart": f"{model.usual_odds}, {model.odds_apart}"}
    ways = _ways(kept, worlds, model)
    for world in worlds:
        own = [one for one in kept if one.world == world]
        able = sum(one.answerable for one in own)
        figures[f"{world}: questions with an answer, without"] = f"{able}, {len(own) - able}"
        figures[f"{world}: mean log odds of either"] = ", ".join(
            f"{_mean_odds(own, kind):.2f}" for kind in (True, False)
        )
        for name, score in ways.items():
            figures[f"{world}: AUROC, {name}"] = told(own, score)
    for name, score in ways.items():
        values = [auroc(*_columns([one for one in kept if one.world == world], score)) for world in worlds]
        figures[f"mean of worlds: AUROC, {name}"] = round(float(np.nanmean(values)), 3)
    return {**figures, **_outcomes(kept, model), **_habits(kept)}


def told(rows: Sequence[Viewed], score: Score) -> str:
    """Compute an AUROC with its interval."""
    pairs = np.column_stack(_columns(rows, score))
    return str(bootstrap(pairs, lambda drawn: [auroc(one[:, 0], one[:, 1]) for one in drawn]))


def sure_of(one: Viewed, model: EndpointFacts) -> float:
    """Say how sure the model is, by its own measure, as the product does."""
    return surer(log_odds(one.forward), model)


def _ways(kept: Sequence[Viewed], worlds: Sequence[str], model: EndpointFacts) -> Mapping[str, Score]:
    """List the ways to score; each fit is one on the other worlds' questions here."""
    ways: dict[str, Score] = {"one token": lambda one: one.forward}
    for name, signals in (("signals", COUNTED), ("signals and one token in one fit", (*COUNTED, SURE))):
        fits = {world: _fit([one for one in kept if one.world != world], signals, model) for world in worlds}
        if not all(fits.values()):
            continue
        ways[f"{name}, others' fit"] = lambda one, fits=fits: _chance(fits[one.world], one, model)
        if signals is COUNTED:
            for strength in (0.5, 1.0, STRENGTH, 2.0, 3.0):
                ways[f"signals, others' fit, and {strength} of the one token"] = lambda one, fits=fits, by=strength: (
                    joined(_chance(fits[one.world], one, model), sure_of(one, model) * by / STRENGTH)
                )
    packaged = packaged_calibration()
    ways["packaged signals (fitted on these worlds too)"] = lambda one: packaged.probability(one.signals)
    ways["packaged signals and one token, as the product joins them"] = lambda one: joined(
        packaged.probability(one.signals), sure_of(one, model)
    )
    return ways


def _habits(kept: Sequence[Viewed]) -> dict[str, object]:
    """Measure what the order of the passages does to the model, and how long it takes."""
    figures: dict[str, object] = {}
    if both := [abs(one.forward - one.backward) for one in kept if one.backward is not None]:
        figures["that some passage answers, in either order: questions, mean and largest difference"] = (
            f"{len(both)}, {np.mean(both):.3f}, {max(both):.3f}"
        )
    asked = [one for one in kept if one.yes]
    if asked:
        figures["yes to the first passage alone: questions, AUROC"] = (
            f"{len(asked)}, {told(asked, lambda one: one.yes[0])}"
        )
        figures["one token, on the same questions: AUROC"] = told(asked, lambda one: one.forward)
    first = [one.first_forward == 1 for one in kept]
    figures["it points at what stands first: share, questions"] = f"{np.mean(first):.2f}, {len(first)}"
    figures["median seconds of one order"] = round(float(np.median([one.seconds for one in kept])), 1)
    return figures


def _mean_odds(rows: Sequence[Viewed], kind: bool) -> float:
    return float(np.mean([log_odds(one.forward) for one in rows if one.answerable is kind]))


def _fit(rows: Sequence[Viewed], signals: Sequence[str], model: EndpointFacts) -> AnswerCalibration | None:
    labelled = [LabelledSignals(signals=_with_token(one, model), answerable=one.answerable) for one in rows]
    if min(sum(one.answerable is kind for one in rows) for kind in (True, False)) < FEWEST:
        return None
    return fit_calibration(labelled, "benchmark", signals)


def _chance(fit: AnswerCalibration | None, one: Viewed, model: EndpointFacts) -> float:
    assert fit is not None
    return fit.probability(_with_token(one, model))


def _with_token(one: Viewed, model: EndpointFacts) -> Mapping[str, float]:
    return {**one.signals, SURE: sure_of(one, model)}


def _outcomes(kept: Sequence[Viewed], model: EndpointFacts) -> dict[str, object]:
    """Count what the packaged thresholds make of questions with an answer and without, with the LLM and without."""
    fit, found = packaged_calibration(), dict[str, object]()
    for kind, name in ((True, "with an answer"), (False, "without an answer")):
        rows = [one for one in kept if one.answerable is kind]
        for way, share in (("measured", 0.0), ("with one token", 1.0)):
            chances = [joined(fit.probability(one.signals), share * sure_of(one, model)) for one in rows]
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
