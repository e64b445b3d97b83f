"""The fitted rater as a file: its numbers, what it was fitted on, and how far it agrees with labels it never saw."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from agents.fitted import FORBID, SignalWeight, read_fit, weighted_sum
from eval.rating.judge import HIGHEST
from eval.rating.store import Keys

VERSION = 1  # any change to what a signal means raises it: what was fitted before no longer speaks of the same
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
        """Return the grade, 0 to 3."""
        level = self.level(signals)
        return sum(level > cut for cut in self.cuts)

    def chances(self, signals: Mapping[str, float]) -> tuple[float, ...]:
        """Return the probabilities of being at least 1, 2 and 3."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgreement:
    """How far the rater agrees with one set's labels: weighted kappa on questions that it was not fitted on."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID

    name: str
    questions: int
    results: int
    kappa: float  # fitted on the other half of every set
    low: float
    high: float
    unseen: float  # fitted on the other sets alone, as for documents like none of these
    pwas: float  # by the rater, of the set's held-out questions
    unseen_pwas: float  # the same, fitted on the other sets alone
    labelled: float  # the same by the labels


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedRater:
    """A model with where it comes from."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID

    version: int
    encoder: str  # the hash of the encoder whose signals it weighs
    model: OrdinalModel
    labels: str  # what the grades it was fitted on mean
    results: int  # that it was fitted on
    agreement: tuple[SetAgreement, ...]


def shipped_rater() -> FittedRater:
    """Read the rater that is packaged, fitted for the packaged encoder."""
    text = files("eval.rating").joinpath("fits", "default.json").read_text(encoding="utf-8")
    return read_fit(FittedRater, text, VERSION)


def sentences(agreement: Sequence[SetAgreement]) -> tuple[str, ...]:
    """Say how far a rater agrees with labels, a line a set."""
    return tuple(
        f"{item.name}: κ {item.kappa:.2f} [{item.low:.2f}, {item.high:.2f}] on {item.questions} held-out questions"
        f" ({item.unseen:.2f} fitted on other sets only); PWAS {item.pwas:.3f} ({item.unseen_pwas:.3f}), by the labels"
        f" {item.labelled:.3f}"
        for item in agreement
    )


Source = Literal["own", "shipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeThresholds:
    """Whose labels the thresholds follow."""

    source: Source
    told: str  # in a sentence, with how far they agree
    labels: int = 0
    questions: int = 0
    fitted: FittedRater | None = None  # the rater with thresholds of its own; none: as it was shipped
    held_out: Mapping[Keys, int] = field(default_factory=dict[Keys, int])  # grades by thresholds that never saw these

    def plain(self) -> dict[str, Any]:
        """Convert it to plain data, without the hashes of what people asked."""
        return {"thresholds": self.source, "labels": self.labels, "questions": self.questions, "told": self.told}


AS_ASKED = GradeThresholds(source="shipped", told="the shipped thresholds, fitted on other corpora, as requested")
