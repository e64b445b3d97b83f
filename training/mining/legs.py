"""The live pipeline for many questions at once: every leg's list, and the order that a search would show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from retriever.encoding.encoder import Vectors
from retriever.ranking.fusion import fuse, unscored
from retriever.ranking.words import analyse_query
from retriever.storing.store import LegHit, LegHits, LegQuery, PointFilter
from training.mining.records import MiningOrder

TOGETHER = 64  # questions that the store is asked at a time; more gained nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one question finds, best first, in rows of the passages."""

    fused: tuple[int, ...]
    dense: tuple[int, ...]
    bm25: tuple[int, ...]


class Legs:
    """Asks every leg: the dense one by a matrix product with all passages, BM25 through the store."""

    def __init__(self, order: MiningOrder) -> None:
        self._order = order
        self._passages = torch.as_tensor(order.passages.vectors).T
        self._depth = min(order.rules.depth, len(order.passages.ids))

    def cosines(self, questions: Vectors) -> Vectors:
        """Give the cosine of every question, a row each, and every passage."""
        return torch.mm(torch.as_tensor(questions), self._passages).numpy()

    def search(self, texts: Sequence[str], cosines: Vectors) -> list[Found]:
        """Ask all legs, and fuse them by the rule that searches have."""
        words = [analyse_query(text) for text in texts]
        legs = [
            LegHits(dense=dense, bm25=bm25)
            for dense, bm25 in zip(self._nearest(cosines), self._matching(words), strict=True)
        ]
        missing = [unscored(hits) for hits in legs]
        spoken = self._ask(
            [
                self._query(text, ids=found.bm25, limit=len(found.bm25))
                for text, found in zip(words, missing, strict=True)
            ]
        )
        return [
            self._fused(hits, LegHits(dense=self._scored(found.dense, line), bm25=bm25))
            for hits, found, bm25, line in zip(legs, missing, spoken, cosines, strict=True)
        ]

    def _fused(self, legs: LegHits, cross: LegHits) -> Found:
        rows = self._order.passages.rows
        fused = fuse(legs, cross, self._order.background, self._order.weights)
        return Found(
            fused=tuple(rows[hit.id] for hit in fused.hits),
            dense=tuple(rows[hit.id] for hit in legs.dense),
            bm25=tuple(rows[hit.id] for hit in legs.bm25),
        )

    def _nearest(self, cosines: Vectors) -> list[tuple[LegHit, ...]]:
        ids = self._order.passages.ids
        best = torch.topk(torch.as_tensor(cosines), self._depth, dim=1)  # ten times faster than numpy's partition
        scores: Vectors = best.values.numpy()
        rows: NDArray[np.int64] = best.indices.numpy()
        found: list[tuple[LegHit, ...]] = []
        for place in range(len(cosines)):
            nearest: list[int] = rows[place].tolist()
            hits = [
                LegHit(id=ids[row], score=score) for row, score in zip(nearest, scores[place].tolist(), strict=True)
            ]
            found.append(tuple(sorted(hits, key=lambda hit: (-hit.score, hit.id))))
        return found

    def _matching(self, words: Sequence[str]) -> list[tuple[LegHit, ...]]:
        """Ask BM25; what the index has and the passages have not, nobody may read or is gone."""
        known = self._order.passages.rows
        found = self._ask([self._query(text, limit=self._order.rules.depth) for text in words])
        return [tuple(hit for hit in hits if hit.id in known) for hits in found]

    def _scored(self, ids: frozenset[str], line: Vectors) -> tuple[LegHit, ...]:
        names, rows = list(ids), self._order.passages.rows
        scores = line[[rows[name] for name in names]].tolist()
        return tuple(LegHit(id=name, score=score) for name, score in zip(names, scores, strict=True))

    def _query(self, words: str, *, limit: int, ids: frozenset[str] = frozenset()) -> LegQuery:
        allowed = PointFilter(groups=self._order.groups)
        return LegQuery(vector=None, words=words, filter=replace(allowed, ids=ids) if ids else allowed, limit=limit)

    def _ask(self, queries: Sequence[LegQuery]) -> list[tuple[LegHit, ...]]:
        parts = [queries[start : start + TOGETHER] for start in range(0, len(queries), TOGETHER)]
        return [hits.bm25 for part in parts for hits in self._order.store.search(part)]
