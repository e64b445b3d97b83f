"""A text as the vectors of its tokens, each with its place, beside the vector of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenVectors:
    """The tokens of one text, without those that only a model knows."""

    starts: NDArray[np.int32]  # where each begins in the text
    vectors: NDArray[np.float16]  # unit rows; half as exact is exact enough to compare
    whole: NDArray[np.float32]  # of the text as one


@runtime_checkable
class TokenEncoder(Protocol):
    """Reads texts token by token; models that know no tokens, or not where they stand, can't."""

    def encode_tokens(self, texts: Sequence[str]) -> Sequence[TokenVectors]: ...


def unread(whole: NDArray[np.float32]) -> TokenVectors:
    """Stand in for a text that no model reads by token: one token, which is all of it."""
    return TokenVectors(starts=np.zeros(1, np.int32), vectors=whole[None].astype(np.float16), whole=whole)
