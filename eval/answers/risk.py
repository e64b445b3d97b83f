"""Whether an assistant that answers only when it is sure is right more often: risk by coverage, AURC, AUROC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.statistics import Interval, bootstrap

Floats = NDArray[np.float64]

POINTS = 50  # of a curve that is drawn
COVERAGES = (0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPoint:
    """Of the surest so many questions, the share that goes wrong."""

    coverage: float
    risk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrimination:
    """How well the probability tells questions that can be answered from those that can't."""

    about: str  # what counts as right
    questions: int
    right: int
    auroc: Interval  # the chance that a right one has the higher probability; .5 is guessing
    aurc: Interval  # the mean risk over every coverage; lower is better
    perfect: float  # the AURC of an order without a mistake
    random: float  # that of no order at all, which is the share that goes wrong
    points: tuple[RiskPoint, ...]


def discriminate(about: str, probabilities: Sequence[float], right: Sequence[bool]) -> Discrimination | None:
    """Measure it; nothing where all are right or all are wrong, for then there is nothing to tell apart."""
    if len(set(right)) < 2:
        return None
    pairs = np.column_stack([np.asarray(probabilities, dtype=np.float64), np.asarray(right, dtype=np.float64)])
    labels = pairs[:, 1]
    return Discrimination(
        about=about,
        questions=len(pairs),
        right=int(labels.sum()),
        auroc=bootstrap(pairs, lambda rows: [auroc(row[:, 0], row[:, 1]) for row in rows]),
        aurc=bootstrap(pairs, lambda rows: [float(risks(row[:, 0], row[:, 1]).mean()) for row in rows]),
        perfect=float(risks(labels, labels).mean()),
        random=float(1 - labels.mean()),
        points=_thinned(risks(pairs[:, 0], labels)),
    )


def auroc(probabilities: Floats, right: Floats) -> float:
    """Compute the chance that a right one is surer than a wrong one; a tie counts half."""
    able, lacking = probabilities[right > 0], probabilities[right == 0]
    if not len(able) or not len(lacking):
        return float("nan")
    return float((able[:, None] > lacking).mean() + (able[:, None] == lacking).mean() / 2)


def risks_at(probabilities: Floats, right: Floats) -> Mapping[float, float]:
    """Compute the risk among the surest fifth of the questions, two fifths and so on, by coverage."""
    risk = risks(probabilities, right)
    return {part: float(risk[max(1, round(part * len(risk))) - 1]) for part in COVERAGES}


def risks(probabilities: Floats, right: Floats) -> Floats:
    """Compute the risk at every coverage, 1/n to 1; among questions as sure as each other their mean counts."""
    order = np.argsort(-probabilities, kind="stable")
    sure, wrong = probabilities[order], 1 - right[order]
    starts = np.flatnonzero(np.diff(sure, prepend=np.inf) != 0)
    sizes = np.diff(np.append(starts, len(sure)))
    shared = np.repeat(np.add.reduceat(wrong, starts) / sizes, sizes)
    return np.cumsum(shared) / np.arange(1, len(sure) + 1)


def _thinned(risk: Floats) -> tuple[RiskPoint, ...]:
    places = np.unique(np.linspace(0, len(risk) - 1, min(POINTS, len(risk))).round().astype(int))
    return tuple(RiskPoint(coverage=(int(place) + 1) / len(risk), risk=float(risk[place])) for place in places)
