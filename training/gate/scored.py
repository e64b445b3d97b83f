"""Held-out questions with what both models made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import nan

import numpy as np
from numpy.typing import ArrayLike

from eval.comparing import SAME
from eval.statistics import NOTHING, Interval, bootstrap_columns, paired_permutation
from training.gate.verdict import ComparedMeasure

REACH = 1.96  # standard errors in half an interval of 95 %
TOLD = 2.8  # standard errors: so large a true difference is seen four times of five


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResult:
    """What one model made of a question."""

    scores: Mapping[str, float]  # by leg and measure: "fused nDCG@10"
    place: int | None = None  # of the first gold on the page that people see
    top: tuple[str, ...] = ()  # documents of the first ten places


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionResult:
    """A held-out question under both models."""

    id: str
    text: str
    cluster: str  # questions that hang together: they nearly say the same, or want the same document
    live: ModelResult
    candidate: ModelResult
    slices: Mapping[str, str] = field(default_factory=dict[str, str])
    inverse_propensity: float = 1.0  # so many: where people seldom look, few of a place's answers are known


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedScores:
    """One measure under both models."""

    questions: int
    live: float
    candidate: float
    difference: Interval
    error: float  # the standard error of the difference
    p: float
    wins: int
    ties: int
    losses: int
    weighed: bool = False

    @property
    def detectable(self) -> float:
        """A true difference this large would have been seen four times of five."""
        return TOLD * self.error

    @property
    def moves(self) -> str:
        """Say how the measure moves, as the end of a sentence that begins with its name."""
        gap = self.difference
        verb = "rises" if gap.mean > 0 else "falls"
        moved = f"{verb} by {abs(gap.mean):.3f} from {self.live:.3f} to {self.candidate:.3f}"
        return (
            f"{moved if gap.mean else f'stays at {self.live:.3f}'} on {self.questions:,} questions "
            f"(95 % interval {gap.low:+.3f} to {gap.high:+.3f})"
        )

    def needed(self, difference: float) -> int:
        """Count the questions that it would take to see a difference four times of five."""
        return int(np.ceil(self.questions * (TOLD * self.error / difference) ** 2))

    def measured(self, name: str) -> ComparedMeasure:
        """Return it as the verdict keeps it."""
        return ComparedMeasure(
            name=name,
            live=round(self.live, 4),
            candidate=round(self.candidate, 4),
            low=round(self.difference.low, 4) if self.questions else None,
            high=round(self.difference.high, 4) if self.questions else None,
            questions=self.questions,
        )


def chance_of(p: float) -> str:
    """Say a p-value; no chance is nought."""
    return f"{p:.3f}" if p >= LEAST_CHANCE else f"below {LEAST_CHANCE}"


LEAST_CHANCE = 0.001
NONE = PairedScores(
    questions=0, live=nan, candidate=nan, difference=NOTHING, error=nan, p=1.0, wins=0, ties=0, losses=0
)


def compare(lines: Sequence[QuestionResult], measure: str, *, weighed: bool = False) -> PairedScores:
    """Compare both models on the questions that have a measure; what hangs together is drawn together.

    Weighed, each question counts as much as it stands for.
    """
    scored = [line for line in lines if measure in line.live.scores and measure in line.candidate.scores]
    live, candidate = ([side.scores[measure] for side in sides] for sides in _sides(scored))
    counts = np.asarray([line.inverse_propensity if weighed else 1.0 for line in scored])
    if len(counts):
        counts = counts / counts.mean()
    found = compare_scores(np.multiply(live, counts), np.multiply(candidate, counts), [line.cluster for line in scored])
    return replace(found, weighed=bool(np.ptp(counts))) if len(counts) else found


def compare_scores(live: ArrayLike, candidate: ArrayLike, clusters: Sequence[str]) -> PairedScores:
    """Compare scores that stand in the same order."""
    before, after = np.asarray(live, dtype=np.float64), np.asarray(candidate, dtype=np.float64)
    if not len(before):
        return NONE
    gaps = after - before
    (difference,) = bootstrap_columns(gaps[:, None], clusters=clusters)
    return PairedScores(
        questions=len(gaps),
        live=float(before.mean()),
        candidate=float(after.mean()),
        difference=difference,
        error=(difference.high - difference.low) / (2 * REACH),
        p=paired_permutation(before, after, clusters=clusters),
        wins=int((gaps > SAME).sum()),
        ties=int((np.abs(gaps) <= SAME).sum()),
        losses=int((gaps < -SAME).sum()),
    )


def _sides(lines: Sequence[QuestionResult]) -> tuple[list[ModelResult], list[ModelResult]]:
    return [line.live for line in lines], [line.candidate for line in lines]
