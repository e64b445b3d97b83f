"""The development questions, and how well vectors do on them: what every tier is chosen and stopped by.

What is scored is the fused order, as it serves, over a pool: what is right, what the live pipeline ranks high, and
passages drawn at random. A pool is a fraction of the library, so scores are higher than they would be over all of
it; they are compared with each other and never told as what a search is worth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.measures import ndcg
from hone.records import FusionWeights
from retriever.encoding.encoder import Vectors
from retriever.ranking.background import measure_background
from retriever.ranking.fusion import Weighing, combine
from retriever.ranking.legs import BM25, DENSE

CUTOFF = 10
BM25S = (0.0, 0.05, 0.1, 0.15, 0.25, 0.35, 0.5, 0.7, 1.0, 1.5, 2.5)  # what is tried; the packaged weight is among them
FREE = 20  # questions that weights are learned from, at least; the guard against chance does the rest
POWERS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)

Scores = NDArray[np.float32]  # a question a row, a passage a column


@dataclass(frozen=True, kw_only=True)
class DevSet:
    """Questions with known documents, and a pool of passages in order of document."""

    questions: tuple[str, ...]
    passages: tuple[str, ...]
    starts: NDArray[np.int64]  # the first passage of each document
    gains: Scores  # a question a row, a document a column: the grade
    legs: Mapping[str, Scores]  # what every leg but the encoder's scores: a question a row, a passage a column
    weights: FusionWeights  # in force
    live_questions: Vectors  # by the model that serves
    live_passages: Vectors
    importance: NDArray[np.float64]  # of each question
    free: NDArray[np.bool_]  # whose answers somebody knew without looking down what the live search ranks first

    @property
    def before(self) -> float:
        """Return what the model that serves scores."""
        return self.mean(self.ndcg(self.live_questions, self.live_passages))

    def mean(self, scores: NDArray[np.float64]) -> float:
        """Return what scores of all questions come to, each counting as much as it stands for."""
        return float(np.average(scores, weights=self.importance))

    def gap(self, better: NDArray[np.float64], worse: NDArray[np.float64]) -> tuple[float, float]:
        """Return by how much the mean of one list of scores is above another's, and the standard error of that."""
        gaps = better - worse
        gap, shares = self.mean(gaps), self.importance / self.importance.sum()
        return gap, float(np.sqrt((shares**2 * (gaps - gap) ** 2).sum()))

    def ndcg(self, questions: Vectors, passages: Vectors, weights: FusionWeights | None = None) -> NDArray[np.float64]:
        """Return nDCG@10 of the fused order for each question."""
        weighing = Weighing(weights=weights or self.weights, background=measure_background(passages))
        return self._ndcg(fused(questions @ passages.T, self.legs, weighing))

    def dense_recall(self, questions: Vectors, passages: Vectors) -> NDArray[np.float64]:
        """Return R@10 of the order by meaning alone."""
        by_document = np.maximum.reduceat(questions @ passages.T, self.starts, axis=1)
        top = np.argsort(-by_document, axis=1, kind="stable")[:, :CUTOFF]
        right = self.gains > 0
        found = np.take_along_axis(right, top, axis=1).sum(axis=1)
        recalled: NDArray[np.float64] = found / np.maximum(1, right.sum(axis=1))
        return recalled

    def best_weights(self, questions: Vectors, passages: Vectors) -> tuple[FusionWeights, float]:
        """Find the weights that do best; the ones in force unless others are better by more than chance would give.

        Only answers that were not found in the live order can tell how to order: people click what the legs, weighed as
        they are, put before them, so clicks speak for those weights, and for the leg that has not changed.
        """
        if self.free.sum() < FREE:
            return self.weights, self.mean(self.ndcg(questions, passages))
        dense, background = questions @ passages.T, measure_background(passages)
        tried = [
            FusionWeights(legs={**self.weights.legs, BM25.name: weight}, power=power)
            for power in POWERS
            for weight in BM25S
        ]
        found = [
            (weights, self._ndcg(fused(dense, self.legs, Weighing(weights=weights, background=background))))
            for weights in tried
        ]
        now = self._ndcg(fused(dense, self.legs, Weighing(weights=self.weights, background=background)))
        best, scores = max(found, key=lambda pair: float(pair[1][self.free].mean()))
        gaps = (scores - now)[self.free]
        slack = float(gaps.std()) / max(1, len(gaps)) ** 0.5
        if gaps.mean() <= slack:
            return self.weights, self.mean(now)
        return best, self.mean(scores)

    def _ndcg(self, scores: Scores) -> NDArray[np.float64]:
        by_document = np.maximum.reduceat(scores, self.starts, axis=1)
        top = min(CUTOFF, by_document.shape[1])
        places = np.argpartition(-by_document, top - 1, axis=1)[:, :top]
        order = np.argsort(-np.take_along_axis(by_document, places, axis=1), axis=1, kind="stable")
        grades = np.take_along_axis(self.gains, np.take_along_axis(places, order, axis=1), axis=1)
        ideal = -np.sort(-self.gains, axis=1)[:, :top]
        return ndcg(grades.astype(np.float64), ideal.astype(np.float64), CUTOFF)


def fused(dense: Scores, legs: Mapping[str, Scores], weighing: Weighing) -> Scores:
    """Fuse scores of all legs into one that sorts as a search does."""
    found = combine({DENSE.name: dense, **legs}, weighing)
    # What lies far below the mean is worth nearly nothing; the cosine itself still tells such passages apart.
    scores: Scores = (found + 1e-6 * dense).astype(np.float32)
    return scores


def places_of(scores: Scores, starts: NDArray[np.int64], gains: Scores) -> NDArray[np.int64]:
    """Find the place where each question's first right document is, the first being 1."""
    by_document = np.maximum.reduceat(scores, starts, axis=1)
    best = np.where(gains > 0, by_document, -np.inf).max(axis=1)
    places: NDArray[np.int64] = 1 + (by_document > best[:, None]).sum(axis=1)
    return places


def starts_of(documents: Sequence[str]) -> list[int]:
    """Return the first row of each document, of rows that stand in order of document."""
    return [at for at, name in enumerate(documents) if at == 0 or documents[at - 1] != name]


def gains_of(grades: Sequence[Sequence[tuple[int, int]]], documents: int) -> Scores:
    """Make a table of grades from (document, grade) by question."""
    gains = np.zeros((len(grades), documents), dtype=np.float32)
    for row, known in enumerate(grades):
        for column, grade in known:
            gains[row, column] = max(gains[row, column], grade)
    return gains
