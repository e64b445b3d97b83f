"""From the library's passages to the store's points, with vectors from the cache."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hone.errors import HoneError
from retriever.cutting.window import embedded_text
from retriever.encoding.vectorcache import VectorCache, hash_text
from retriever.library.rows import Placed
from retriever.ranking.words import analyse
from retriever.storing.store import Point

AT_ONCE = 512  # passages whose vectors are fetched together


def text_of(placed: Placed) -> str:
    """Build the exact text that a passage's vector is made from, and that its words come from."""
    return embedded_text(placed.document.title, placed.passage)


def points_of(part: Sequence[Placed], model: str, cache: VectorCache, *, partly: bool = False) -> list[Point]:
    """Make points of passages whose vectors are in the cache; `partly` leaves out the others."""
    texts = [text_of(placed) for placed in part]
    vectors = cache.get(model, [hash_text(text) for text in texts])
    made = zip(part, texts, vectors, strict=True)
    return [point_of(*one) for one in made if one[2] is not None or not partly]


def vectors_of(part: Sequence[Placed], model: str, cache: VectorCache) -> NDArray[np.float32]:
    """Read the vectors of passages that are in the cache, one a row."""
    found = cache.get(model, [hash_text(text_of(placed)) for placed in part])
    rows = [vector for vector in found if vector is not None]
    return np.stack(rows) if rows else np.empty((0, 0), dtype=np.float32)


def point_of(placed: Placed, text: str, vector: NDArray[np.float32] | None) -> Point:
    """Make the point of a passage from its text and its vector."""
    if vector is None:
        raise HoneError(f"Passage {placed.passage.id} has no vector yet.", hint="Encode it: hone documents sync")
    return Point(
        id=placed.passage.id,
        vector=vector,
        words=analyse(text),
        document=placed.document.id,
        source=placed.document.source,
        kind=placed.document.kind,
        path=placed.document.path,
        modified=placed.document.modified.timestamp(),
        groups=placed.document.groups,
    )
