"""Drawing again from what was measured: rows with replacement, whole clusters together."""

from collections.abc import Hashable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hone.errors import HoneError

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

BLOCK = 1 << 22  # numbers drawn at a time; more would only cost memory


def draws(size: int, resamplings: int, seed: int, clusters: Sequence[Hashable] | None) -> Iterator[Rows]:
    """Draw rows with replacement, one resampling a row; whole clusters make resamplings of unlike length."""
    chance = np.random.default_rng(seed)
    if clusters is None:
        for block in _blocks(size, resamplings):
            yield chance.integers(0, size, size=(block, size))
        return
    labels = _labels(size, clusters)
    members: list[Rows] = [np.flatnonzero(labels == label) for label in range(labels.max() + 1)]
    for _ in range(resamplings):
        drawn = chance.integers(0, len(members), size=len(members))
        yield np.concatenate([members[int(label)] for label in drawn])[None]


def tally(picks: Rows, size: int) -> Floats:
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


def _labels(size: int, clusters: Sequence[Hashable]) -> Rows:
    if len(clusters) != size:
        raise HoneError(f"There are {size} values and {len(clusters)} cluster names.", hint="Name one for each value.")
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in clusters], dtype=np.int64)


def _blocks(size: int, resamplings: int) -> Iterator[int]:
    most = max(1, BLOCK // size)
    for start in range(0, resamplings, most):
        yield min(most, resamplings - start)
