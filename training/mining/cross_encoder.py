"""Confirming by a cross-encoder in a local folder."""

from collections.abc import Sequence
from math import exp
from pathlib import Path

from retriever.encoding.cross_encoder import CrossEncoderReranker

LOWEST = -700.0  # below it e overflows


class CrossEncoderConfirmer:
    """Turns the scores of a cross-encoder into chances."""

    def __init__(self, folder: Path, *, device: str = "auto") -> None:
        self._reranker = CrossEncoderReranker(folder, device=device)

    def score(self, pairs: Sequence[tuple[str, str]]) -> Sequence[float | None]:
        """Score how well passages answer questions, from 0 to 1."""
        return [1 / (1 + exp(-max(score, LOWEST))) for score in self._reranker.score_pairs(pairs)]
