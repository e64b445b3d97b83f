"""Rates and times of what people did, with intervals that know that one person's questions are alike."""

import math
from collections.abc import Hashable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from eval.resampling import Floats, cluster_sums
from eval.statistics import LEVEL, NOTHING, Interval, student

Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


def rate(happened: ArrayLike, people: Sequence[Hashable]) -> Interval:
    """Compute a share with Wilson's interval, for as many independent questions as those of these people are worth.

    Unlike the bootstrap it says something of a rate of nought or one as well.
    """
    values = np.asarray(happened, dtype=np.float64)
    if not len(values):
        return NOTHING
    share = float(values.mean())
    return _wilson(share, _worth(values, share, people))


def median(values: ArrayLike, people: Sequence[Hashable]) -> Interval:
    """Compute a median with the interval that the share of values below it has (Woodruff's)."""
    rows = np.asarray(values, dtype=np.float64)
    if not len(rows):
        return NOTHING
    middle = float(np.median(rows))
    below = (rows <= middle).astype(np.float64)
    ends = _wilson(0.5, _worth(below, float(below.mean()), people))
    low, high = np.quantile(rows, [ends.low, ends.high])
    return Interval(mean=middle, low=float(low), high=float(high))


def _worth(values: Floats, share: float, people: Sequence[Hashable]) -> float:
    """Estimate how many independent questions these are worth: their number over the design effect."""
    sums, sizes = cluster_sums(values, people)
    count, clusters = len(values), len(sizes)
    alone = count**2 / float((sizes**2).sum())  # how many people they are worth, the busy ones no more than the others
    if not 0 < share < 1 or clusters < 2:
        return alone  # nothing differs, so that nothing tells how alike one person's questions are
    spread = float(((sums - share * sizes) ** 2).sum()) * clusters / (clusters - 1) / count**2
    effect = spread / (share * (1 - share) / count)
    # What few people say of their spread is unsure itself, which Student's t allows for.
    freedom = max(round(alone) - 1, 1)
    return count / (max(effect, 1.0) * (max(student((1 + LEVEL) / 2, freedom), Z) / Z) ** 2)


def _wilson(share: float, count: float) -> Interval:
    centre = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    reach = Z * math.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2)) / (1 + Z**2 / count)
    return Interval(mean=share, low=max(0.0, centre - reach), high=min(1.0, centre + reach))
