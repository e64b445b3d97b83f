"""Fits signals to a probability: logistic regression on labelled questions, and the thresholds to answer from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingTypeStubs]  # it has none

from agents.calibration import VERSION, AnswerCalibration
from agents.fitted import SignalWeight
from hone.errors import UsageError

RIDGE = 10.0  # in questions; chosen with the signals, on halves of mtrag and of the sample
FOLDS = 5
FEWEST = 10  # labelled questions of each kind that a fit needs

Rows = NDArray[np.float64]

# Of all that is measured. None grows with the number of a question's words: that number alone tells questions with an
# answer from those without on three sets whose authors wrote shorter ones where nothing answers (AUROC .81, .68, .75),
# and not at all on mtrag (.47), so it is the authors' habit and no sign of an answer.
COUNTED = ("cosine", "weakest", "gap", "focus")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSignals:
    """What was measured for a question, and whether the documents hold its answer."""

    signals: Mapping[str, float]
    answerable: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictTarget:
    """What thresholds are chosen for; between the two the closest match is shown as no more than that."""

    answered: float = 0.25  # share of the questions without an answer that may be answered as if there were one
    refused: float = 0.02  # share of those with an answer that may be told there is none


TARGET = VerdictTarget()


def fit_calibration(
    rows: Sequence[LabelledSignals], model: str, signals: Sequence[str] = COUNTED, target: VerdictTarget = TARGET
) -> AnswerCalibration:
    """Fit a calibration on labelled questions; thresholds are chosen on probabilities that left each row's fold out."""
    kinds = [sum(row.answerable is kind for row in rows) for kind in (True, False)]
    if min(kinds) < FEWEST:
        raise UsageError(
            f"You have {kinds[0]} questions with an answer and {kinds[1]} without; fitting needs {FEWEST} of each.",
            hint="Add questions that no document answers.",
        )
    matrix, labels, counts = _columns(rows, signals)
    left_out = held_out(rows, signals)
    means, spreads = scale(matrix)
    weights = logistic(standardised(matrix, means, spreads), labels, counts)
    lacking, holding = labels == 0.0, labels == 1.0
    upper = _quantile(left_out[lacking], counts[lacking], 1.0 - target.answered)
    lower = _quantile(left_out[holding], counts[holding], target.refused)
    return AnswerCalibration(
        version=VERSION,
        model=model,
        weights=tuple(
            SignalWeight(signal=name, mean=_short(mean), spread=_short(spread), weight=_short(weight))
            for name, mean, spread, weight in zip(signals, means, spreads, weights[1:], strict=True)
        ),
        bias=_short(weights[0]),
        sufficient=_short(upper),
        best_match=_short(min(upper, lower)),
        risk=target.answered,
        questions=len(rows),
    )


def held_out(rows: Sequence[LabelledSignals], signals: Sequence[str] = COUNTED) -> Rows:
    """Compute each row's probability by a fit that left its fifth of the rows out."""
    matrix, labels, counts = _columns(rows, signals)
    chances = np.zeros(len(labels))
    fold = np.zeros(len(labels), dtype=int)
    for kind in (0.0, 1.0):  # each fold has its share of both kinds
        fold[labels == kind] = np.arange(int((labels == kind).sum())) % FOLDS
    for turn in range(FOLDS):
        inside, outside = fold != turn, fold == turn
        means, spreads = scale(matrix[inside])
        weights = logistic(standardised(matrix[inside], means, spreads), labels[inside], counts[inside])
        scores = weights[0] + standardised(matrix[outside], means, spreads) @ weights[1:]
        chances[outside] = 1.0 / (1.0 + np.exp(-scores))
    return chances


def logistic(rows: Rows, labels: Rows, counts: Rows, *, intercept: bool = True) -> Rows:
    """Fit the weights of a logistic regression, the bias first; the ridge is on all but the bias."""
    # Newton's steps end at the same weights every time, to more digits than are kept.
    model = LogisticRegression(C=1 / RIDGE, solver="newton-cholesky", tol=1e-10, fit_intercept=intercept)
    fitted = cast(Any, model).fit(rows, labels, sample_weight=counts)
    weights: Rows = fitted.coef_[0]
    return np.concatenate([fitted.intercept_, weights]) if intercept else weights


def scale(matrix: Rows) -> tuple[Rows, Rows]:
    """Measure the mean and the spread of each column, without what is missing."""
    spreads = np.nanstd(matrix, axis=0)
    return np.nanmean(matrix, axis=0), np.where(spreads > 1e-9, spreads, 1.0)


def standardised(matrix: Rows, means: Rows, spreads: Rows) -> Rows:
    """Write columns in units of their spread; what is missing counts as the mean."""
    return np.nan_to_num((matrix - means) / spreads)


def _columns(rows: Sequence[LabelledSignals], signals: Sequence[str]) -> tuple[Rows, Rows, Rows]:
    """Lay out signals, labels and weights, a row a question."""
    matrix = np.array([[row.signals.get(name, np.nan) for name in signals] for row in rows], dtype=np.float64)
    labels = np.array([row.answerable for row in rows], dtype=np.float64)
    return matrix, labels, np.array([row.weight for row in rows], dtype=np.float64)


def _quantile(chances: Rows, counts: Rows, share: float) -> float:
    """Find the probability that this share of the questions stays below."""
    order = np.argsort(chances)
    reached = np.cumsum(counts[order]) / counts.sum()
    place = min(int(np.searchsorted(reached, share, side="right")), len(order) - 1)
    return float(chances[order][place])


def _short(number: float) -> float:
    return round(float(number), 5)
