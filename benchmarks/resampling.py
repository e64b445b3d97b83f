"""Figures with what nineteen of twenty resamplings of the questions give."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Choice = NDArray[np.int64]
Statistic = Callable[[Choice], float]

RESAMPLINGS = 2000


def interval(statistic: Statistic, count: int) -> str:
    """Return a statistic of all questions, and its interval."""
    rng = np.random.default_rng(7)
    values = [statistic(rng.integers(0, count, count)) for _ in range(RESAMPLINGS)]
    low, high = np.nanquantile(values, [0.025, 0.975])
    return f"{statistic(np.arange(count)):.3f} ({low:.3f} to {high:.3f})"


def gained(ours: Statistic, theirs: Statistic) -> Statistic:
    """Return the difference of two statistics on the same questions."""
    return lambda chosen: ours(chosen) - theirs(chosen)
