"""What a model would find: by exact search over its own vectors, and fused with the live search's other legs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.records import EvalQuestion
from hone.records import FusionWeights
from retriever.encoding.encoder import Vectors
from retriever.ranking.background import Background, measure_background
from retriever.ranking.fusion import WEIGHTS, Weighing
from retriever.ranking.leg import Query
from retriever.ranking.legs import DENSE, FUSED
from retriever.ranking.rank import rank
from retriever.ranking.sources import MatrixSource, within
from retriever.searching.live import OpenIndex
from retriever.searching.searcher import Question, Searcher, query_of

AT_ONCE = 64  # questions multiplied with all passages together
FOR_BACKGROUND = 2000  # passages; some thousand are enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Every passage of the library, with what decides who finds it."""

    ids: tuple[str, ...]
    documents: tuple[str, ...]  # of each passage
    groups: tuple[frozenset[str], ...]
    texts: tuple[str, ...]  # as they are encoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Passages in order, by both ways."""

    dense: tuple[str, ...]
    fused: tuple[str, ...]


class Ranker:
    """Ranks the passages of a corpus with one model's vectors."""

    def __init__(
        self,
        corpus: Corpus,
        vectors: Vectors,
        weights: FusionWeights = WEIGHTS,
        background: Background | None = None,  # measured where nothing has been
    ) -> None:
        self._corpus = corpus
        self._vectors = vectors
        self._places = {name: place for place, name in enumerate(corpus.ids)}
        chosen = np.random.default_rng(0).permutation(len(vectors))[:FOR_BACKGROUND]
        self._weighing = Weighing(weights=weights, background=background or measure_background(vectors[chosen]))
        self._masks: dict[frozenset[str], NDArray[np.bool_]] = {}

    def rank(
        self, questions: Sequence[EvalQuestion], vectors: Vectors, searcher: Searcher, opened: OpenIndex
    ) -> Iterator[Found]:
        """Rank for each question, with every other leg as the live search has it."""
        for start in range(0, len(questions), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            nearest = MatrixSource(scores=vectors[part] @ self._vectors.T, rows=self._places, readable=self._mask)
            legs = {name: within(source, self._places) for name, source in searcher.sources(opened).items()}
            queries = [query_of(Question(text=item.text, asker=item.asker), None) for item in questions[part]]
            for ranked in rank(queries, {**legs, DENSE.name: nearest}, self._weighing):
                stages = {stage: tuple(hit.id for hit in hits) for stage, hits in ranked.stages.items()}
                yield Found(dense=stages[DENSE.name], fused=stages[FUSED])

    def _mask(self, query: Query) -> NDArray[np.bool_]:
        groups = query.filter.groups
        if groups not in self._masks:
            readable = [not groups.isdisjoint(readers) for readers in self._corpus.groups]
            self._masks[groups] = np.array(readable, dtype=np.bool_)
        return self._masks[groups]


def by_document(names: Sequence[str], owners: Mapping[str, str]) -> list[str]:
    """Rank documents by their best passage."""
    return list(dict.fromkeys(owners[name] for name in names))
