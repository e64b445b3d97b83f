"""Whether Hone knows when it can answer, without an LLM.

mtrag (answerable against unanswerable), the sample and two handbooks, asked as their askers with what was said before.
A calibration is fitted on the other sets and reported on each: that is what a library gets that nobody has labelled.
Beside it stand a fit on the other half of its own questions, by a hash of the question's id, a threshold on the best
fused score of the same searches, the packaged calibration, and a fit on questions made from the library's own passages
(benchmarks/made_questions.py). Intervals are of 2,000 resamplings. With --ship the
packaged calibration is fitted anew, on all questions of all sets.

    python -m benchmarks.abstention --home /tmp/asking-homes
"""

import argparse
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.calibration import AnswerCalibration, packaged_calibration
from agents.fitted import save_fit
from benchmarks.homes import TODAY, Home
from benchmarks.made_questions import made
from benchmarks.questionsets import Asked, handbook, mtrag, sample
from benchmarks.record import REPOSITORY, data_folder, keep
from benchmarks.resampling import Choice, Statistic, gained, interval
from eval.answers.risk import auroc, risks_at
from eval.calibration.calibrate import MeasuredQuestion, first_round, signals_of
from eval.calibration.fit import FEWEST, LabelledSignals, fit_calibration

PACKAGED = REPOSITORY / "agents" / "calibrations" / "default.json"
FOLDERS = {"18f": "handbook-18f", "sourcegraph": "handbook-sourcegraph"}
JUDGED = {"ANSWERABLE", "UNANSWERABLE"}
EVERY_SET = 200.0  # questions that each set weighs in a pooled fit, a quarter of them without an answer
OTHERS, OWN = "fitted on the other sets", "fitted on its other half"
WAYS = ("answered", "closest shown", "not answered")

Rows = Sequence[tuple[Asked, MeasuredQuestion]]


def main() -> None:
    """Find or build the workspaces, measure both sets, and fit the packaged calibration where that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where the workspaces are kept, and found again")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--ship", action="store_true", help="fit the packaged calibration anew")
    options = parser.parse_args()
    data = data_folder(options.data)
    sets = {
        "mtrag": measured(options.home / "mtrag", mtrag(data), data),
        "sample": measured(options.home / "sample", sample(options.home / "sample"), data),
        "18f": measured(options.home / "handbook-18f", handbook(data, "18f"), data),
        "sourcegraph": measured(options.home / "handbook-sourcegraph", handbook(data, "sourcegraph"), data),
    }
    figures: dict[str, object] = {}
    for name, rows in sets.items():
        figures |= compare(name, rows, sets)
        figures |= with_made(name, rows, options.home / FOLDERS.get(name, name), data)
    keep("abstention", figures, options.results)
    if options.ship:
        save_fit(fit_calibration(pooled(sets), packaged_calibration().model), PACKAGED)


def with_made(name: str, rows: Rows, home: Path, data: Path) -> dict[str, object]:
    """Fit on questions made from the library, and see what that verdict does with the real ones."""
    with Home(home, data) as opened:
        fit = fit_calibration(made(opened), "benchmark")
    known = [(item.kind == "ANSWERABLE", one.labelled.signals) for item, one in rows if item.kind in JUDGED]
    chances = np.array([fit.probability(signals) for _, signals in known])
    labels = np.array([float(able) for able, _ in known])
    wrong, lost = chances[labels == 0] >= fit.sufficient, chances[labels == 1] < fit.best_match
    return {
        f"{name}: AUROC, made questions": round(auroc(chances, labels), 3),
        f"{name}: answered without an answer, made": round(float(wrong.mean()), 3),
        f"{name}: not found with an answer, made": round(float(lost.mean()), 3),
    }


def measured(home: Path, asked: Iterable[Asked], data: Path) -> Rows:
    """Return each question's signals, and the best fused score of its search."""
    rows: list[tuple[Asked, MeasuredQuestion]] = []
    with Home(home, data) as opened:
        for item in asked:
            found = first_round(item.turns, item.asker, opened.searcher, TODAY)
            if found.evidence:
                signals = signals_of(found, opened.searcher)
                labelled = LabelledSignals(signals=signals, answerable=item.kind == "ANSWERABLE")
                rows.append((item, MeasuredQuestion(id=item.id, labelled=labelled, top=found.top)))
    return rows


def compare(name: str, rows: Rows, sets: Mapping[str, Rows]) -> dict[str, object]:
    """Compare calibrations with the best score, on halves that they were not fitted on."""
    known = [row for row in rows if row[0].kind in JUDGED]
    labels = np.array([one.labelled.answerable for _, one in known], dtype=np.float64)
    halves = np.array([item.half for item, _ in known])
    scores = {
        "top score": np.array([one.top for _, one in known]),
        "packaged (fitted on these too)": _chances([one for _, one in known]),
        OTHERS: np.zeros(len(known)),
    }
    fewest = min(int((labels[halves == half] == able).sum()) for half in (0, 1) for able in (0, 1))
    if fewest >= FEWEST:
        scores[OWN] = np.zeros(len(known))
    given: dict[str, Counter[str]] = {}
    elsewhere = fit_calibration(pooled({other: found for other, found in sets.items() if other != name}), "benchmark")
    for half in (0, 1):
        mine = [one.labelled for item, one in known if item.half == half]
        own = fit_calibration(mine, "benchmark") if OWN in scores else None
        for place in np.flatnonzero(halves != half):
            signals = known[place][1].labelled.signals
            if own is not None:
                scores[OWN][place] = own.probability(signals)
            scores[OTHERS][place] = elsewhere.probability(signals)
            kind = "denied" if "denied" in known[place][0].tags else known[place][0].kind.lower()
            given.setdefault(kind, Counter())[_given(elsewhere, signals)] += 1
    others = [elsewhere.probability(one.labelled.signals) for item, one in rows if item.kind == "PARTIAL"]
    figures: dict[str, object] = {f"{name}: questions, without an answer": f"{len(known)}, {int((1 - labels).sum())}"}
    top = _halved(scores["top score"], labels, halves)
    for title, chances in scores.items():
        mine = _halved(chances, labels, halves)
        figures[f"{name}: AUROC, {title}"] = interval(mine, len(known))
        line = ", ".join(f"{part:.0%}: {risk:.3f}" for part, risk in risks_at(chances, labels).items())
        figures[f"{name}: risk at coverage, {title}"] = line
        if title != "top score":
            figures[f"{name}: AUROC gained, {title}"] = interval(gained(mine, top), len(known))
    for kind, counts in sorted(given.items()):
        figures[f"{name}: {kind}, {OTHERS}"] = ", ".join(f"{way} {counts[way]}" for way in WAYS)
    if others:
        figures[f"{name}: mean probability, partial questions"] = round(statistics.fmean(others), 3)
    return figures


def _given(calibration: AnswerCalibration, signals: Mapping[str, float]) -> str:
    chance = calibration.probability(signals)
    return WAYS[0] if chance >= calibration.sufficient else WAYS[1] if chance >= calibration.best_match else WAYS[2]


def pooled(sets: Mapping[str, Rows]) -> list[LabelledSignals]:
    """Return all sets, each weighing as much and a quarter of it without an answer."""
    rows: list[LabelledSignals] = []
    for known in sets.values():
        mine = [one.labelled for item, one in known if item.kind in JUDGED]
        able = sum(item.answerable for item in mine)
        weights = {True: 0.75 * EVERY_SET / able, False: 0.25 * EVERY_SET / (len(mine) - able)}
        rows += [
            LabelledSignals(signals=item.signals, answerable=item.answerable, weight=weights[item.answerable])
            for item in mine
        ]
    return rows


def _chances(rows: Sequence[MeasuredQuestion]) -> NDArray[np.float64]:
    packaged = packaged_calibration()
    return np.array([packaged.probability(row.labelled.signals) for row in rows])


def _halved(scores: NDArray[np.float64], labels: NDArray[np.float64], halves: Choice) -> Statistic:
    """Return the mean of the two halves' AUROC: their scores come from two fits, and don't compare."""

    def statistic(chosen: Choice) -> float:
        parts = (chosen[halves[chosen] == half] for half in (0, 1))
        return float(np.mean([auroc(scores[part], labels[part]) for part in parts]))

    return statistic


if __name__ == "__main__":
    main()
