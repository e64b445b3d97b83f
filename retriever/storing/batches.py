"""Points in batches, with vectors that an engine may take."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hone.errors import HoneError
from retriever.storing.store import Point

T = TypeVar("T")

BATCH = 256  # 256 points of 384 dimensions hold the GIL for some 15 ms; larger batches are no faster
UNIT_TOLERANCE = 0.01  # bfloat16 encoders are this exact; anything further off was never normalised


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[tuple[T, ...]]:
    """Cut into tuples of at most this size."""
    rest = iter(items)
    while batch := tuple(islice(rest, size)):
        yield batch


def stacked(points: Sequence[Point], dimensions: int) -> NDArray[np.float32]:
    """The points' vectors as rows; refused if one has another length, isn't finite or isn't of unit length.

    An engine takes NaN without a word and then ranks by it, so this is the only check there is.
    """
    for point in points:
        require_dimensions(point.vector, dimensions, f"passage {point.id}")
    rows = np.stack([point.vector for point in points]).astype(np.float32, copy=False)
    lengths = np.linalg.norm(rows, axis=1)
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= UNIT_TOLERANCE))  # negated, so that NaN counts as wrong
    if wrong.size:
        first = int(wrong[0])
        raise HoneError(
            f"The vector of passage {points[first].id} has length {lengths[first]:.4f}; "
            f"{wrong.size} of {len(points)} vectors in its batch aren't of unit length.",
            hint="The model must return finite vectors of unit length; check it with `hone models show`.",
        )
    return rows


def require_dimensions(vector: NDArray[np.float32], dimensions: int, owner: str) -> None:
    """Refuse a vector that another model made."""
    if vector.shape != (dimensions,):
        raise HoneError(
            f"The vector of {owner} has shape {vector.shape}; this generation holds ({dimensions},).",
            hint="Use the model it was built with, or rebuild the index for this model: hone index rebuild",
        )
