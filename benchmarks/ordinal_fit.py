"""Fits the rater that needs no LLM: weights of signals and thresholds between grades, on labelled results.

Each row stands for the three questions whether its grade is at least 1, 2 and 3; they share the weights and differ in
the threshold, so that a fourth question's answer never contradicts a third's.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.fitted import SignalWeight
from eval.calibration.fit import logistic, scale, standardised
from eval.rating.fitted import DIGITS, GradedSignals, OrdinalModel, cuts_at
from eval.rating.judge import HIGHEST

FREE = 100.0  # a threshold in these units: the ridge, which is squared, hardly holds it


def fit_ordinal(rows: Sequence[GradedSignals], signals: Sequence[str]) -> OrdinalModel:
    """Fit weights, thresholds and cuts."""
    matrix = np.array([[row.signals.get(name, np.nan) for name in signals] for row in rows], dtype=np.float64)
    grades = np.array([row.grade for row in rows])
    counts = np.array([row.weight for row in rows], dtype=np.float64)
    means, spreads = scale(matrix)
    scaled = standardised(matrix, means, spreads)
    biases, weights = _fitted(scaled, grades, counts)
    return OrdinalModel(
        weights=tuple(
            SignalWeight(signal=name, mean=_short(mean), spread=_short(spread), weight=_short(weight))
            for name, mean, spread, weight in zip(signals, means, spreads, weights, strict=True)
        ),
        biases=tuple(map(_short, biases)),
        cuts=tuple(map(_short, cuts_at(scaled @ weights, grades, counts))),
    )


def _fitted(
    matrix: NDArray[np.float64], grades: NDArray[np.int64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit the thresholds and the weights, as one regression on each row three times."""
    stacked = np.vstack([np.hstack([np.tile(FREE * row, (len(matrix), 1)), matrix]) for row in np.eye(HIGHEST)])
    labels = np.concatenate([(grades >= level).astype(np.float64) for level in range(1, HIGHEST + 1)])
    fitted = logistic(stacked, labels, np.tile(counts, HIGHEST), intercept=False)
    return FREE * fitted[:HIGHEST], fitted[HIGHEST:]


def _short(number: float) -> float:
    return round(float(number), DIGITS)
