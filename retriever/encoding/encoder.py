"""What an encoder is: two sides, and an identity that a generation is bound to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]  # one unit-length row a text


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderCard:
    """Everything that decides what vectors an encoder makes; a generation's manifest holds it."""

    model: str  # the name or folder that a person gave
    hash: str  # sha256 over the weights, the tokenizer and the settings below
    dimensions: int  # after truncation
    max_tokens: int
    query_prompt: str
    passage_prompt: str
    truncate_dim: int | None


class Encoder(Protocol):
    """Turns questions and passages into vectors of one space."""

    @property
    def card(self) -> EncoderCard: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors: ...
