"""An encoder that gives each text its vector once: a retraining looks at the same questions many times."""

from collections.abc import Sequence

from hone.records import EncoderCard
from retriever.encoding.batching import Remembered
from retriever.encoding.encoder import Encoder, Vectors


class CachingEncoder:
    """Keeps every vector it has given, for as long as one retraining takes."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._queries, self._passages = Remembered(), Remembered()

    @property
    def card(self) -> EncoderCard:
        """Give the encoder's card."""
        return self._encoder.card

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Turn questions into vectors."""
        return self._queries.look_up(texts, self._encoder.encode_queries)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Turn passages into vectors."""
        return self._passages.look_up(texts, self._encoder.encode_passages)
