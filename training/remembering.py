"""An encoder that gives each text its vector once: a retraining looks at the same questions many times."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from hone.records import EncoderCard
from retriever.encoding.encoder import Encoder, Vectors

Known = dict[str, NDArray[np.float32]]


class Remembering:
    """Keeps every vector it has given, for as long as one retraining takes."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._queries, self._passages = Known(), Known()

    @property
    def card(self) -> EncoderCard:
        """Give the encoder's card."""
        return self._encoder.card

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Turn questions into vectors."""
        return self._look_up(texts, self._queries, self._encoder.encode_queries)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Turn passages into vectors."""
        return self._look_up(texts, self._passages, self._encoder.encode_passages)

    def _look_up(self, texts: Sequence[str], known: Known, encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, encode(new), strict=True))
        if not texts:
            return np.empty((0, self.card.dimensions), dtype=np.float32)
        return np.stack([known[text] for text in texts])
