"""What a model would find: by exact search over its own vectors, and fused with the live search's words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eval.records import EvalQuestion
from hone.records import Filters, FusionWeights
from retriever.encoding.encoder import Vectors
from retriever.ranking.fusion import WEIGHTS, Background, fuse, measure_background, unscored
from retriever.ranking.words import analyse_query
from retriever.searching.live import Opened
from retriever.searching.searcher import DEPTH, point_filter
from retriever.storing.store import LegHit, LegHits, LegQuery

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
        self._weights = weights
        self._places = {name: place for place, name in enumerate(corpus.ids)}
        chosen = np.random.default_rng(0).permutation(len(vectors))[:FOR_BACKGROUND]
        self._background = background or measure_background(vectors[chosen])
        self._masks: dict[frozenset[str], NDArray[np.bool_]] = {}

    def rank(
        self, questions: Sequence[EvalQuestion], vectors: Vectors, words: Sequence[tuple[LegHit, ...]], opened: Opened
    ) -> Iterator[Found]:
        """Rank for each question; `words` are the live word leg's hits, `opened` scores what it did not name."""
        for start in range(0, len(questions), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            scores = vectors[part] @ self._vectors.T
            for question, row, bm25 in zip(questions[part], scores, words[part], strict=True):
                yield self._found(question, row, bm25, opened)

    def _found(
        self, question: EvalQuestion, row: NDArray[np.float32], bm25: tuple[LegHit, ...], opened: Opened
    ) -> Found:
        allowed = np.where(self._mask(question.asker.groups), row, -np.inf)
        best = np.argpartition(-allowed, min(DEPTH, len(row) - 1))[:DEPTH]
        places: list[int] = [int(place) for place in best if np.isfinite(allowed[place])]
        places.sort(key=lambda place: (-float(allowed[place]), self._corpus.ids[place]))
        dense = tuple(LegHit(id=self._corpus.ids[place], score=float(row[place])) for place in places)
        bm25 = tuple(hit for hit in bm25 if hit.id in self._places)
        legs = LegHits(dense=dense, bm25=bm25)
        missing = unscored(legs)
        cross = LegHits(
            dense=tuple(LegHit(id=name, score=float(row[self._places[name]])) for name in missing.dense),
            bm25=_words_of(question, missing.bm25, opened) if bm25 else (),
        )
        fused = fuse(legs, cross, self._background, self._weights)
        return Found(dense=tuple(hit.id for hit in dense), fused=tuple(hit.id for hit in fused.hits))

    def _mask(self, groups: frozenset[str]) -> NDArray[np.bool_]:
        if groups not in self._masks:
            readable = [not groups.isdisjoint(readers) for readers in self._corpus.groups]
            self._masks[groups] = np.array(readable, dtype=np.bool_)
        return self._masks[groups]


def word_hits(questions: Sequence[EvalQuestion], opened: Opened) -> list[tuple[LegHit, ...]]:
    """Ask the live index's words, as deep as a search does."""
    return [
        opened.store.search(
            [
                LegQuery(
                    vector=None, words=analyse_query(item.text), filter=point_filter(item.asker, Filters()), limit=DEPTH
                )
            ]
        )[0].bm25
        for item in questions
    ]


def by_document(names: Sequence[str], owners: Mapping[str, str]) -> list[str]:
    """Rank documents by their best passage."""
    return list(dict.fromkeys(owners[name] for name in names))


def _words_of(question: EvalQuestion, ids: frozenset[str], opened: Opened) -> tuple[LegHit, ...]:
    if not ids:
        return ()
    allowed = replace(point_filter(question.asker, Filters()), ids=ids)
    return opened.store.search(
        [LegQuery(vector=None, words=analyse_query(question.text), filter=allowed, limit=len(ids))]
    )[0].bm25
