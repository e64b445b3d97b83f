"""Points as both engines take them: in batches, with checked vectors, a payload and its filters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from hone.errors import HoneError
from retriever.storing.store import Point, PointFilter

DENSE = "dense"  # the vector's name
WORDS = "words"  # the text that BM25 reads, split on spaces and nothing else
MODIFIED = "modified"
DOCUMENT = "document"
GROUPS = "groups"
KEYWORDS = (GROUPS, "source", "kind", "folders", DOCUMENT)
T = TypeVar("T")
BATCH = 256  # 256 points of 384 dimensions hold the GIL for some 15 ms; larger batches are no faster
UNIT_TOLERANCE = 0.01  # bfloat16 encoders are this exact; anything further off was never normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A field that must hold one of these values."""

    field: str
    values: tuple[str, ...]


def payload_of(point: Point) -> dict[str, Any]:
    """Everything of a point but its vector, as an engine stores it."""
    return {
        DOCUMENT: point.document,
        "source": point.source,
        "kind": point.kind,
        "path": point.path,
        "folders": folders_of(point.path),
        GROUPS: sorted(point.groups),
        MODIFIED: point.modified,
        WORDS: point.words,
    }


def folders_of(path: str) -> list[str]:
    """Every folder that holds the path, outermost first, and the path itself."""
    parts = [part for part in path.split("/") if part]
    return ["/".join(parts[: end + 1]) for end in range(len(parts))]


def matches_of(wanted: PointFilter) -> tuple[Match, ...]:
    """The keyword conditions of a filter; permission is first and always there."""
    path = tuple(folders_of(wanted.path)[-1:])
    narrowing: Mapping[str, tuple[str, ...]] = {
        "source": tuple(sorted(wanted.sources)),
        "kind": tuple(sorted(wanted.kinds)),
        "folders": path,
        DOCUMENT: tuple(sorted(wanted.documents)),
    }
    permission = Match(field=GROUPS, values=tuple(sorted(wanted.groups)))
    return (permission, *(Match(field=field, values=values) for field, values in narrowing.items() if values))


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
