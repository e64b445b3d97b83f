"""How sure a number is: intervals, paired tests, and how small a difference could have been seen.

Everything is seeded, so that the same scores give the same figures again.
"""

import importlib
import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hone.errors import HoneError

Floats = NDArray[np.float64]
Picks = NDArray[np.int64]

BLOCK = 1 << 22  # numbers drawn at a time; more would only cost memory


def draws(size: int, resamplings: int, seed: int, clusters: Sequence[Hashable] | None) -> Iterator[Picks]:
    """Draw rows with replacement, one resampling a row; whole clusters make resamplings of unlike length."""
    chance = np.random.default_rng(seed)
    if clusters is None:
        for block in _blocks(size, resamplings):
            yield chance.integers(0, size, size=(block, size))
        return
    labels = _labels(size, clusters)
    members: list[Picks] = [np.flatnonzero(labels == label) for label in range(labels.max() + 1)]
    for _ in range(resamplings):
        drawn = chance.integers(0, len(members), size=len(members))
        yield np.concatenate([members[int(label)] for label in drawn])[None]


def tally(picks: Picks, size: int) -> Floats:
    """Count how often each resampling drew each row."""
    offsets = np.arange(len(picks))[:, None] * size
    return np.bincount((picks + offsets).ravel(), minlength=len(picks) * size).reshape(-1, size).astype(np.float64)


def cluster_sums(rows: Floats, clusters: Sequence[Hashable] | None) -> tuple[Floats, Floats]:
    """Add up the rows of each cluster, and count them; each row is its own where there are none."""
    if clusters is None:
        return rows, np.ones(len(rows))
    labels = _labels(len(rows), clusters)
    sums = np.zeros((int(labels.max()) + 1, *rows.shape[1:]))
    np.add.at(sums, labels, rows)
    return sums, np.bincount(labels).astype(np.float64)


def _labels(size: int, clusters: Sequence[Hashable]) -> Picks:
    if len(clusters) != size:
        raise HoneError(f"There are {size} values and {len(clusters)} cluster names.", hint="Name one for each value.")
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in clusters], dtype=np.int64)


def _blocks(size: int, resamplings: int) -> Iterator[int]:
    most = max(1, BLOCK // size)
    for start in range(0, resamplings, most):
        yield min(most, resamplings - start)


Rows = NDArray[Any]

SCIPY: Any = importlib.import_module("scipy.special")  # no stubs; scipy.stats takes seven times as long to import
LEVEL = 0.95  # of every interval here
RESAMPLINGS = 2000  # the ends of a 95 % interval then move by about 1 % of its width from seed to seed
FLIPS = 10_000  # p-values around .05 are then good to .002
SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure and its 95 % interval; not a number where nothing could be measured."""

    mean: float  # the figure itself, whatever it is: a mean, a correlation, a kappa
    low: float
    high: float

    def __str__(self) -> str:
        return "–" if math.isnan(self.mean) else f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"

    @property
    def excludes_zero(self) -> bool:
        """Check whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


NOTHING = Interval(mean=math.nan, low=math.nan, high=math.nan)

Statistic = Callable[[Rows], ArrayLike]  # (resamplings, values, …) → one number a resampling


def bootstrap(
    values: ArrayLike,
    statistic: Statistic | None = None,
    resamplings: int = RESAMPLINGS,
    seed: int = SEED,
    clusters: Sequence[Hashable] | None = None,
) -> Interval:
    """Compute the mean of values, or another statistic of them, with its percentile bootstrap interval.

    `statistic` gets many resamplings at once, one a row, and gives one number a row: `lambda rows: np.median(rows,
    axis=1)`. Values of one cluster (a session, a document) are drawn together, since they are not independent.
    """
    rows = _complete(values)
    if not len(rows):
        return NOTHING
    if statistic is None:
        return bootstrap_columns(rows[:, None], resamplings, seed, clusters)[0]
    figure = float(np.asarray(statistic(rows[None]), dtype=np.float64).reshape(-1)[0])
    drawn = [
        np.asarray(statistic(rows[picks]), dtype=np.float64) for picks in draws(len(rows), resamplings, seed, clusters)
    ]
    return _percentiles(figure, np.concatenate(drawn))


def bootstrap_columns(
    table: ArrayLike, resamplings: int = RESAMPLINGS, seed: int = SEED, clusters: Sequence[Hashable] | None = None
) -> list[Interval]:
    """Compute each column's mean with its interval; the rows drawn are the same for all, which makes many cheap."""
    rows = _complete(table)
    if not len(rows):
        return [NOTHING] * rows.shape[1]
    sums, sizes = cluster_sums(rows, clusters)
    drawn = [(counts @ sums) / (counts @ sizes)[:, None] for counts in _tallies(len(sizes), resamplings, seed)]
    figures, resampled = rows.mean(axis=0), np.concatenate(drawn)
    return [_percentiles(float(figure), resampled[:, column]) for column, figure in enumerate(figures)]


def paired_permutation(
    a: ArrayLike, b: ArrayLike, flips: int = FLIPS, seed: int = SEED, clusters: Sequence[Hashable] | None = None
) -> float:
    """Compute the two-sided p that b differs from a by as much as it does though both are the same.

    Each question's difference keeps or changes its sign by chance; those of one cluster do so together.
    """
    before, after = _complete(a), _complete(b)
    _require_pairs(before, after)
    differences = after - before
    if not len(differences):
        return 1.0
    totals, _ = cluster_sums(differences, clusters)
    totals = totals[totals != 0]  # a tie stays a tie whatever its sign
    if not len(totals):
        return 1.0
    seen = abs(totals.sum())
    slack = 1e-9 * np.abs(totals).sum()  # sums of the same numbers in another order differ in the last digits
    chance, reached, left = np.random.default_rng(seed), 0, flips
    while left:
        block = min(left, max(1, BLOCK // len(totals)))
        signs = chance.integers(0, 2, size=(block, len(totals)), dtype=np.int8).astype(np.float64) * 2 - 1
        reached += int((np.abs(signs @ totals) >= seen - slack).sum())
        left -= block
    return (reached + 1) / (flips + 1)


def holm(ps: Sequence[float]) -> list[float]:
    """Correct p-values for how many were looked at (Holm's step-down), in the order they came in."""
    adjusted, worst = [0.0] * len(ps), 0.0
    for place, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        worst = max(worst, min(1.0, (len(ps) - place) * ps[index]))
        adjusted[index] = worst
    return adjusted


def detectable(differences: ArrayLike, n: int | None = None, power: float = 0.8, alpha: float = 0.05) -> float:
    """Compute the smallest true difference that this many questions would have shown this often.

    `differences` are those between two systems by question, or their standard deviation, which needs `n`.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim == 0 and n is None:
        raise HoneError("A standard deviation needs the number of questions.", hint="Pass n as well.")
    count = n if n is not None else len(values)
    if count < 2:
        return math.nan
    deviation = float(values) if values.ndim == 0 else float(values.std(ddof=1))
    normal = NormalDist()
    return (normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)) * deviation / math.sqrt(count)


def prediction_powered(judge_all: ArrayLike, judge_labelled: ArrayLike, human_labelled: ArrayLike) -> Interval:
    """Estimate the mean of people's grades of everything, from a few of theirs and a judge's of all.

    `judge_all` holds the judge's grades of everything, the labelled among them. The judge counts for as much as it
    agrees with people (PPI++), so a useless one leaves the people's own mean and interval.
    """
    everything, judge, human = _complete(judge_all), _complete(judge_labelled), _complete(human_labelled)
    _require_pairs(judge, human)
    labelled, rest = len(human), len(everything) - len(human)
    if rest < 0:
        raise HoneError(
            f"{labelled} results are labelled, but the judge graded only {len(everything)}.",
            hint="Pass the judge's grades of everything, including the labelled ones.",
        )
    if labelled < 2:
        return NOTHING
    spread = float(judge.var(ddof=1))
    weight = 0.0
    if rest and spread:
        weight = float(np.cov(judge, human)[0, 1]) / ((1 + labelled / rest) * spread)
        weight = min(max(weight, 0.0), 1.0)
    variance = float((human - weight * judge).var(ddof=1)) / labelled
    mean = float(human.mean())
    if weight:
        unlabelled = (float(everything.sum()) - float(judge.sum())) / rest
        mean += weight * (unlabelled - float(judge.mean()))
        variance += weight**2 * float(everything.var(ddof=1)) / rest
    reach = student((1 + LEVEL) / 2, labelled - 1) * math.sqrt(variance)
    return Interval(mean=mean, low=mean - reach, high=mean + reach)


def weighted_kappa(
    a: Sequence[int], b: Sequence[int], grades: int = 4, seed: int = SEED, clusters: Sequence[Hashable] | None = None
) -> Interval:
    """Compute two raters' agreement beyond chance (quadratic weights) with its interval."""
    first, second = np.asarray(a, dtype=np.int64), np.asarray(b, dtype=np.int64)
    _require_pairs(first, second)
    for name, rater in (("first", first), ("second", second)):
        if len(rater) and (rater.min() < 0 or rater.max() >= grades):
            raise HoneError(
                f"The {name} rater gave {rater.min()} to {rater.max()}.", hint=f"Grades go from 0 to {grades - 1}."
            )
    if not len(first):
        return NOTHING
    cells = np.eye(grades * grades)[first * grades + second]
    drawn = [_kappas(counts @ cells) for counts in _tallies(len(first), RESAMPLINGS, seed, clusters)]
    return _percentiles(float(_kappas(cells.sum(axis=0)[None])[0]), np.concatenate(drawn))


def _tallies(size: int, resamplings: int, seed: int, clusters: Sequence[Hashable] | None = None) -> Iterator[Floats]:
    return (tally(picks, size) for picks in draws(size, resamplings, seed, clusters))


def _kappas(tables: Floats) -> Floats:
    grades = math.isqrt(tables.shape[1])
    table = tables.reshape(-1, grades, grades) / tables.sum(axis=1)[:, None, None]
    apart = np.subtract.outer(np.arange(grades), np.arange(grades)) ** 2
    expected = table.sum(axis=2)[:, :, None] * table.sum(axis=1)[:, None, :]
    disagreed, chance = (table * apart).sum(axis=(1, 2)), (expected * apart).sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return 1 - disagreed / chance  # not a number where both gave one grade to everything


def _complete(values: ArrayLike) -> Floats:
    """Refuse what is not a number: a mean over what happened to be scored looks like a mean over everything."""
    rows = np.asarray(values, dtype=np.float64)
    if missing := int(np.isnan(rows).sum()):
        raise HoneError(
            f"{missing} of {rows.size} values are not a number.",
            hint="Leave out what wasn't scored, and report how many.",
        )
    return rows


def _require_pairs(a: Rows, b: Rows) -> None:
    if len(a) != len(b):
        raise HoneError(
            f"There are {len(a)} values on one side and {len(b)} on the other.", hint="Pass one pair for each question."
        )


def _percentiles(figure: float, drawn: Floats) -> Interval:
    drawn = drawn[~np.isnan(drawn)]  # a correlation has no value where a resampling drew one pair only
    if math.isnan(figure) or not len(drawn):
        return NOTHING
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(mean=figure, low=float(low), high=float(high))


def student(level: float, freedom: int) -> float:
    """Compute a quantile of Student's t."""
    return float(SCIPY.stdtrit(freedom, level))


def at_least(count: int, of: int, share: float) -> float:
    """Compute the probability of at least this many hits, each with this share between 0 and 1."""
    return float(SCIPY.bdtrc(count - 1, of, share))
