"""An encoder that needs no model: for tests and demonstrations without torch."""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hone.errors import UsageError
from retriever.encoding.encoder import EncoderCard, Vectors, unit_rows
from retriever.encoding.tokenvectors import TokenVectors, unread

DIMENSIONS = 256
MAX_TOKENS = 8192
WORD = re.compile(r"\w+")


class HashEncoder:
    """Adds up one fixed random direction a word, so texts that share words lie near each other."""

    def __init__(self, *, truncate_dim: int | None = None) -> None:
        if truncate_dim is not None and not 1 <= truncate_dim <= DIMENSIONS:
            raise UsageError(
                f"truncate_dim is {truncate_dim}, but the hash encoder has {DIMENSIONS} dimensions",
                hint=f"Set truncate_dim to a number from 1 to {DIMENSIONS}, or leave it out.",
            )
        dimensions = truncate_dim or DIMENSIONS
        self.card = EncoderCard(
            model="hash",
            hash=hashlib.sha256(f"hash encoder 1, {dimensions} of {DIMENSIONS}".encode()).hexdigest(),
            dimensions=dimensions,
            max_tokens=MAX_TOKENS,
            query_prompt="",
            passage_prompt="",
            truncate_dim=truncate_dim,
        )

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Turn questions into unit vectors."""
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Turn passages into unit vectors."""
        return self._encode(texts)

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Turn texts into the vectors of their words."""
        return [self._words_of(text, whole) for text, whole in zip(texts, self._encode(texts), strict=True)]

    def _words_of(self, text: str, whole: NDArray[np.float32]) -> TokenVectors:
        found = list(WORD.finditer(text))
        if not found:
            return unread(whole)
        return TokenVectors(
            starts=np.array([word.start() for word in found], dtype=np.int32),
            vectors=self._encode([word.group() for word in found]).astype(np.float16),
            whole=whole,
        )

    def _encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for place, text in enumerate(texts):
            for word in WORD.findall(text.lower())[:MAX_TOKENS]:
                rows[place] += _direction(word)
        return unit_rows(rows[:, : self.card.dimensions])


@lru_cache(maxsize=50_000)
def _direction(word: str) -> NDArray[np.float32]:
    # A digest and not a random generator: the same on every machine and with every numpy.
    bits = np.unpackbits(np.frombuffer(hashlib.blake2b(word.encode(), digest_size=DIMENSIONS // 8).digest(), np.uint8))
    return bits.astype(np.float32) * 2 - 1
