"""From signals to a probability: a logistic model fitted on labelled questions, kept with its encoder's hash."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from hone.errors import HoneError, UsageError

VERSION = 1  # any change to what a signal means raises it: what was fitted before no longer speaks of the same
RIDGE = 10.0  # in questions; chosen with the signals, on halves of mtrag and of the sample
STEPS = 50  # Newton steps; it converges in fewer than ten
FOLDS = 5
FEWEST = 10  # labelled questions of each kind that a fit needs

Rows = NDArray[np.float64]

# Of all that is measured. With more of them a fit is better on the half it is fitted on, and worse on the other; the
# number of words would help on the sample, only because its questions without an answer happen to be shorter.
COUNTED = ("sentence", "bm25", "dense_gap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What was measured for a question, and whether the documents hold its answer."""

    signals: Mapping[str, float]
    answerable: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What one signal counts for, measured from its mean in units of its spread."""

    signal: str
    mean: float
    spread: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Signals' weights, and from which probability an answer is given."""

    version: int
    model: str  # the hash of the encoder it was fitted for
    weights: tuple[Weight, ...]
    bias: float
    sufficient: float  # from here an answer is given as it is
    partial: float  # from here it is given with a warning; below there is none
    risk: float  # the share of wrong answers that `sufficient` was chosen for
    questions: int  # that it was fitted on

    def probability(self, signals: Mapping[str, float]) -> float:
        """Give the probability that the passages hold the answer."""
        terms = (item.weight * (signals.get(item.signal, item.mean) - item.mean) / item.spread for item in self.weights)
        return float(1.0 / (1.0 + np.exp(-np.clip(self.bias + sum(terms), -30.0, 30.0))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What thresholds are chosen for: the share of answers that may be given although the documents lack them."""

    sufficient: float = 0.1
    partial: float = 0.15  # at 0.2 three of four questions without an answer were given one


class _WeightFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    signal: str
    mean: float
    spread: float
    weight: float


class _CalibrationFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    model: str
    weights: tuple[_WeightFile, ...]
    bias: float
    sufficient: float
    partial: float
    risk: float
    questions: int


TARGET = Target()


def fit_calibration(
    rows: Sequence[Labelled], model: str, signals: Sequence[str] = COUNTED, target: Target = TARGET
) -> Calibration:
    """Fit a calibration on labelled questions; thresholds are chosen on probabilities that left each row's fold out."""
    kinds = [sum(row.answerable is kind for row in rows) for kind in (True, False)]
    if min(kinds) < FEWEST:
        raise UsageError(
            f"There are {kinds[0]} questions with an answer and {kinds[1]} without; a fit needs {FEWEST} of each.",
            hint="Add questions whose answer no document holds.",
        )
    matrix, labels, counts = _columns(rows, signals)
    left_out = held_out(rows, signals)
    means, spreads = _scale(matrix)
    weights = _fit(_standardised(matrix, means, spreads), labels, counts)
    upper = _threshold(left_out, labels, counts, target.sufficient)
    return Calibration(
        version=VERSION,
        model=model,
        weights=tuple(
            Weight(signal=name, mean=_short(mean), spread=_short(spread), weight=_short(weight))
            for name, mean, spread, weight in zip(signals, means, spreads, weights[1:], strict=True)
        ),
        bias=_short(weights[0]),
        sufficient=_short(upper),
        partial=_short(min(upper, _threshold(left_out, labels, counts, target.partial))),
        risk=target.sufficient,
        questions=len(rows),
    )


def held_out(rows: Sequence[Labelled], signals: Sequence[str] = COUNTED) -> Rows:
    """Give each row's probability by a fit that left its fifth of the rows out."""
    matrix, labels, counts = _columns(rows, signals)
    chances = np.zeros(len(labels))
    fold = np.zeros(len(labels), dtype=int)
    for kind in (0.0, 1.0):  # each fold has its share of both kinds
        fold[labels == kind] = np.arange(int((labels == kind).sum())) % FOLDS
    for turn in range(FOLDS):
        inside, outside = fold != turn, fold == turn
        means, spreads = _scale(matrix[inside])
        weights = _fit(_standardised(matrix[inside], means, spreads), labels[inside], counts[inside])
        scores = weights[0] + _standardised(matrix[outside], means, spreads) @ weights[1:]
        chances[outside] = 1.0 / (1.0 + np.exp(-scores))
    return chances


def save_calibration(calibration: Calibration, file: Path) -> None:
    """Write a calibration as JSON."""
    partial = file.with_suffix(".tmp")
    partial.write_text(json.dumps(asdict(calibration), indent=1) + "\n", encoding="utf-8")
    partial.replace(file)


def read_calibration(file: Path) -> Calibration:
    """Read a calibration that was saved, or say what is wrong with it."""
    try:
        return _read(file.read_text(encoding="utf-8"))
    except (OSError, ValidationError, ValueError) as error:
        raise HoneError(
            f"The calibration {file} can't be used: {str(error).splitlines()[0]}",
            hint="Fit it anew: hone calibrate QUESTIONS",
        ) from error


def shipped_calibration() -> Calibration:
    """Read the calibration that is packaged, fitted for the packaged encoder."""
    return _read(files("agents").joinpath("calibrations", "default.json").read_text(encoding="utf-8"))


def _read(text: str) -> Calibration:
    found = _CalibrationFile.model_validate_json(text)
    if found.version != VERSION:
        raise ValueError(f"it has version {found.version}; this Hone reads version {VERSION}")
    weights = tuple(
        Weight(signal=item.signal, mean=item.mean, spread=item.spread, weight=item.weight) for item in found.weights
    )
    return Calibration(
        version=found.version,
        model=found.model,
        weights=weights,
        bias=found.bias,
        sufficient=found.sufficient,
        partial=found.partial,
        risk=found.risk,
        questions=found.questions,
    )


def _columns(rows: Sequence[Labelled], signals: Sequence[str]) -> tuple[Rows, Rows, Rows]:
    """Give signals, labels and weights, a row a question."""
    matrix = np.array([[row.signals.get(name, np.nan) for name in signals] for row in rows], dtype=np.float64)
    labels = np.array([row.answerable for row in rows], dtype=np.float64)
    return matrix, labels, np.array([row.weight for row in rows], dtype=np.float64)


def _scale(matrix: Rows) -> tuple[Rows, Rows]:
    spreads = np.nanstd(matrix, axis=0)
    return np.nanmean(matrix, axis=0), np.where(spreads > 1e-9, spreads, 1.0)


def _standardised(matrix: Rows, means: Rows, spreads: Rows) -> Rows:
    return np.nan_to_num((matrix - means) / spreads)


def _fit(rows: Rows, labels: Rows, counts: Rows) -> Rows:
    """Fit by Newton's method, with a ridge on all but the bias."""
    rows = np.hstack([np.ones((len(rows), 1)), rows])
    ridge = RIDGE * np.eye(rows.shape[1])
    ridge[0, 0] = 1e-6
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chances = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -30.0, 30.0)))
        slope = rows.T @ (counts * (labels - chances)) - ridge @ weights
        curve = (rows * (counts * chances * (1.0 - chances))[:, None]).T @ rows + ridge
        step = np.linalg.solve(curve, slope)
        weights += step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


def _threshold(chances: Rows, labels: Rows, counts: Rows, risk: float) -> float:
    """Give the lowest probability above which no larger share than this is without an answer."""
    order = np.argsort(-chances)
    lacking = np.cumsum((1.0 - labels[order]) * counts[order]) / np.cumsum(counts[order])
    good = np.flatnonzero(lacking <= risk)
    return float(chances[order][good[-1]]) if len(good) else float(chances.max())


def _short(number: float) -> float:
    return round(float(number), 5)
