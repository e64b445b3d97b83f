"""Figures with what nineteen of twenty resamplings of the questions give."""

import importlib
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval.statistics import Interval, bootstrap

Choice = NDArray[np.int64]
Statistic = Callable[[Choice], float]

RESAMPLINGS = 2000
SCIPY: Any = importlib.import_module("scipy.stats")  # no stubs


def interval(statistic: Statistic, count: int) -> str:
    """Return a statistic of all questions, and its interval."""
    rng = np.random.default_rng(7)
    values = [statistic(rng.integers(0, count, count)) for _ in range(RESAMPLINGS)]
    low, high = np.nanquantile(values, [0.025, 0.975])
    return f"{statistic(np.arange(count)):.3f} ({low:.3f} to {high:.3f})"


def gained(ours: Statistic, theirs: Statistic) -> Statistic:
    """Return the difference of two statistics on the same questions."""
    return lambda chosen: ours(chosen) - theirs(chosen)


def spearman(x: ArrayLike, y: ArrayLike, clusters: Sequence[Hashable] | None = None) -> Interval:
    """Compute the rank correlation of two measures with its bootstrap interval; ties share their mean rank."""
    pairs = np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])
    return bootstrap(pairs, lambda rows: [SCIPY.spearmanr(*row.T).statistic for row in rows], clusters=clusters)
