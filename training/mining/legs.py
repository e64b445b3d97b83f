"""The live pipeline for many questions at once: every leg's list, and the order that a search would show."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from retriever.encoding.encoder import Vectors
from retriever.ranking.fusion import Weighing
from retriever.ranking.leg import Query
from retriever.ranking.legs import DENSE
from retriever.ranking.rank import rank
from retriever.ranking.sources import MatrixSource, StoreSource, sources_of, within
from retriever.ranking.words import analyse_query
from retriever.storing.store import PointFilter
from training.mining.records import MiningInputs

Found = Mapping[str, tuple[int, ...]]  # rows of the passages that one question finds, best first, by stage


class Legs:
    """Asks every leg: the dense one by a matrix product with all passages, the others as the live search does."""

    def __init__(self, order: MiningInputs) -> None:
        self._order = order
        self._passages = torch.as_tensor(order.passages.vectors).T

    def cosines(self, questions: Vectors) -> Vectors:
        """Multiply every question, a row each, with every passage."""
        return torch.mm(torch.as_tensor(questions), self._passages).numpy()

    def search(self, texts: Sequence[str], cosines: Vectors) -> list[Found]:
        """Ask all legs, and fuse them by the rule that searches have."""
        order, rows = self._order, self._order.passages.rows
        asker = PointFilter(groups=order.groups)
        queries = [Query(text=text, vector=None, words=analyse_query(text), filter=asker) for text in texts]
        # What the index has and the passages have not, nobody may read or is gone.
        legs = {
            name: within(source, rows) for name, source in sources_of(StoreSource(order.store), order.scorers).items()
        }
        nearest = MatrixSource(scores=cosines, rows=rows, top=_top)
        weighing = Weighing(weights=order.weights, background=order.background)
        found = rank(queries, {**legs, DENSE.name: nearest}, weighing, depth=order.rules.depth)
        return [{stage: tuple(rows[hit.id] for hit in hits) for stage, hits in item.stages.items()} for item in found]


def _top(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    found: NDArray[np.int64] = torch.topk(torch.as_tensor(scores), count).indices.numpy()
    return found  # ten times faster than numpy's partition
