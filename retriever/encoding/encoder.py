"""What an encoder is: two sides, and an identity that a generation is bound to."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hone.records import EncoderCard

__all__ = ["Encoder", "EncoderCard", "Vectors", "identity_of", "unit_rows"]

Vectors = NDArray[np.float32]  # one unit-length row a text


def unit_rows(rows: NDArray[np.floating[Any]]) -> Vectors:
    """Scale each row to length one; a row of zeros, which has no direction, becomes the first axis."""
    vectors = rows.astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[lengths[:, 0] == 0, 0] = 1.0
    lengths[lengths == 0] = 1.0
    return np.divide(vectors, lengths, dtype=np.float32)


def identity_of(content: str, settings: Mapping[str, Any]) -> str:
    """Hash all that decides an encoder's vectors: the content of its folder, and a card's settings."""
    return hashlib.sha256(json.dumps({"model": content, **settings}, sort_keys=True).encode()).hexdigest()


class Encoder(Protocol):
    """Turns questions and passages into vectors of one space."""

    @property
    def card(self) -> EncoderCard: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors: ...
