"""From signals to a grade: three logistic thresholds on one weighted sum, fitted on labelled results.

Each row stands for the three questions whether its grade is at least 1, 2 and 3; they share the weights and differ in
the threshold, so that a fourth question's answer never contradicts a third's. Grades are then cut so that as many
results get each grade as have it by their labels: the likeliest grade alone would be 0 nearly everywhere, and the
average far too low.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eval.rating.grades import HIGHEST

RIDGE = 10.0  # in results; the weights hardly change between 1 and 100 on a thousand of them
STEPS = 50  # Newton steps; it converges in fewer than ten
DIGITS = 5

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedSignals:
    """What was measured of a result, and the grade that its label stands for."""

    signals: Mapping[str, float]
    grade: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalWeight:
    """What one signal counts for, measured from its mean in units of its spread."""

    signal: str
    mean: float
    spread: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinalModel:
    """Weights of signals, and thresholds between grades."""

    weights: tuple[SignalWeight, ...]
    biases: tuple[float, ...]  # of being at least 1, 2 and 3
    cuts: tuple[float, ...]  # of the weighted sum, between grades

    @property
    def hash(self) -> str:
        """Name the fit by its numbers."""
        numbers = [[item.signal, item.mean, item.spread, item.weight] for item in self.weights]
        return hashlib.sha256(json.dumps([numbers, self.cuts]).encode()).hexdigest()[:12]

    def level(self, signals: Mapping[str, float]) -> float:
        """Give the weighted sum; a signal that is missing counts as it mostly is."""
        return sum(
            item.weight * (signals.get(item.signal, item.mean) - item.mean) / item.spread for item in self.weights
        )

    def grade(self, signals: Mapping[str, float]) -> int:
        """Give the grade, 0 to 3."""
        level = self.level(signals)
        return sum(level > cut for cut in self.cuts)

    def chances(self, signals: Mapping[str, float]) -> tuple[float, ...]:
        """Give the probabilities of being at least 1, 2 and 3."""
        level = self.level(signals)
        return tuple(float(_sigmoid(np.float64(level + bias))) for bias in self.biases)


def fit_ordinal(rows: Sequence[GradedSignals], signals: Sequence[str]) -> OrdinalModel:
    """Fit weights, thresholds and cuts."""
    matrix = np.array([[row.signals.get(name, np.nan) for name in signals] for row in rows], dtype=np.float64)
    grades = np.array([row.grade for row in rows])
    counts = np.array([row.weight for row in rows], dtype=np.float64)
    means, spreads = np.nanmean(matrix, axis=0), np.nanstd(matrix, axis=0)
    spreads = np.where(spreads > 1e-9, spreads, 1.0)
    scaled = np.nan_to_num((matrix - means) / spreads)
    fitted = _newton(scaled, grades, counts)
    weights, biases = fitted[HIGHEST:], fitted[:HIGHEST]
    return OrdinalModel(
        weights=tuple(
            SignalWeight(signal=name, mean=_short(mean), spread=_short(spread), weight=_short(weight))
            for name, mean, spread, weight in zip(signals, means, spreads, weights, strict=True)
        ),
        biases=tuple(map(_short, biases)),
        cuts=tuple(map(_short, _cuts(scaled @ weights, grades, counts))),
    )


def move_cuts(model: OrdinalModel, rows: Sequence[GradedSignals]) -> OrdinalModel:
    """Keep what signals weigh, and cut anew: as many of these results get each grade as have it by their labels."""
    levels = np.array([model.level(row.signals) for row in rows], dtype=np.float64)
    grades, counts = np.array([row.grade for row in rows]), np.array([row.weight for row in rows], dtype=np.float64)
    # Rounded up: a cut is one result's level, and that result is not above it.
    return replace(model, cuts=tuple(math.ceil(cut * 10**DIGITS) / 10**DIGITS for cut in _cuts(levels, grades, counts)))


def _newton(matrix: Rows, grades: NDArray[np.int64], counts: Rows) -> Rows:
    """Fit by Newton's method, with a ridge on the weights; the first numbers are the thresholds'."""
    stacked = np.vstack([np.hstack([np.tile(row, (len(matrix), 1)), matrix]) for row in np.eye(HIGHEST)])
    labels = np.concatenate([(grades >= level).astype(np.float64) for level in range(1, HIGHEST + 1)])
    repeated = np.tile(counts, HIGHEST)
    ridge = np.diag([1e-3] * HIGHEST + [RIDGE] * matrix.shape[1])
    weights = np.zeros(stacked.shape[1])
    for _ in range(STEPS):
        chances = _sigmoid(stacked @ weights)
        slope = stacked.T @ (repeated * (labels - chances)) - ridge @ weights
        curve = (stacked * (repeated * chances * (1.0 - chances))[:, None]).T @ stacked + ridge
        step = np.linalg.solve(curve, slope)
        weights += step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


def _cuts(levels: Rows, grades: NDArray[np.int64], counts: Rows) -> list[float]:
    """Give the levels above which lies the same share as is labelled with each grade or a higher one."""
    order = np.argsort(levels)
    below = np.cumsum(counts[order]) / counts.sum()
    shares = [float(counts[grades < level].sum() / counts.sum()) for level in range(1, HIGHEST + 1)]
    return [float(levels[order][min(int(np.searchsorted(below, share)), len(order) - 1)]) for share in shares]


def _sigmoid(values: Rows | np.float64) -> Rows:
    return 1.0 / (1.0 + np.exp(-np.clip(values, -30.0, 30.0)))


def _short(number: float) -> float:
    return round(float(number), DIGITS)
