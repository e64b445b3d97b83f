"""From signals to a grade: three logistic thresholds on one weighted sum, fitted on labelled results.

A benchmark fits them (`benchmarks/ordinal_fit.py`). Grades are cut so that as many
results get each grade as have it by their labels: the likeliest grade alone would be 0 nearly everywhere, and the
average far too low.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from agents.fitted import FORBID, SignalWeight, weighted_sum
from eval.rating.grades import HIGHEST

DIGITS = 5

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedSignals:
    """What was measured of a result, and the grade that its label stands for."""

    signals: Mapping[str, float]
    grade: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinalModel:
    """Weights of signals, and thresholds between grades."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID

    weights: tuple[SignalWeight, ...]
    biases: tuple[float, ...]  # of being at least 1, 2 and 3
    cuts: tuple[float, ...]  # of the weighted sum, between grades

    @property
    def hash(self) -> str:
        """Name the fit by its numbers."""
        numbers = [[item.signal, item.mean, item.spread, item.weight] for item in self.weights]
        return hashlib.sha256(json.dumps([numbers, self.cuts]).encode()).hexdigest()[:12]

    def level(self, signals: Mapping[str, float]) -> float:
        """Weigh the signals; one that is missing counts as it mostly is."""
        return weighted_sum(self.weights, signals)

    def grade(self, signals: Mapping[str, float]) -> int:
        """Give the grade, 0 to 3."""
        level = self.level(signals)
        return sum(level > cut for cut in self.cuts)

    def chances(self, signals: Mapping[str, float]) -> tuple[float, ...]:
        """Give the probabilities of being at least 1, 2 and 3."""
        level = self.level(signals)
        return tuple(float(1.0 / (1.0 + np.exp(-np.clip(level + bias, -30.0, 30.0)))) for bias in self.biases)


def move_cuts(model: OrdinalModel, rows: Sequence[GradedSignals]) -> OrdinalModel:
    """Keep what signals weigh, and cut anew: as many of these results get each grade as have it by their labels."""
    levels = np.array([model.level(row.signals) for row in rows], dtype=np.float64)
    grades, counts = np.array([row.grade for row in rows]), np.array([row.weight for row in rows], dtype=np.float64)
    # Rounded up: a cut is one result's level, and that result is not above it.
    return replace(
        model, cuts=tuple(math.ceil(cut * 10**DIGITS) / 10**DIGITS for cut in cuts_at(levels, grades, counts))
    )


def cuts_at(levels: Rows, grades: NDArray[np.int64], counts: Rows) -> list[float]:
    """Find the levels above which lies the same share as is labelled with each grade or a higher one."""
    order = np.argsort(levels)
    below = np.cumsum(counts[order]) / counts.sum()
    shares = [float(counts[grades < level].sum() / counts.sum()) for level in range(1, HIGHEST + 1)]
    return [float(levels[order][min(int(np.searchsorted(below, share)), len(order) - 1)]) for share in shares]
