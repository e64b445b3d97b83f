"""Drawing the pool that development questions are scored over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hone.records import FusionWeights
from retriever.encoding.encoder import Encoder
from retriever.ranking.background import Background
from retriever.ranking.fusion import Weighing
from retriever.ranking.leg import Query, Scorer
from retriever.ranking.legs import DENSE, LEGS
from retriever.ranking.sources import Lookup, StoreSource, sources_of
from retriever.ranking.words import analyse_query
from retriever.storing.store import PointFilter, Store
from training.lesson.dev_set import DevSet, Scores, fused, gains_of, places_of, starts_of
from training.pairs.passages import Passages
from training.records import Pair

QUESTIONS = 400  # at most; with them a difference of 3 points shows
POOL, POOL_LETTERS = 4000, 1_200_000  # at most, passages and what they come to: an evaluation must not take minutes
PER_QUESTION = 5  # passages of the pool, at least: its answer, and what is hard to tell from it
RANDOM = 0.3  # of the pool; what a fitted encoder may come to prefer is not known beforehand
DEEP = 1000  # passages that another leg scores for a question; what comes later has next to nothing in common
ROWS = 64  # questions scored over the whole library at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What answers now: encoder, index and how the legs are weighed."""

    encoder: Encoder
    store: Store
    background: Background
    weights: FusionWeights
    scorers: Mapping[str, Scorer] = field(default_factory=dict[str, Scorer])  # of legs that the store does not have

    @property
    def weighing(self) -> Weighing:
        """How the scores of all legs become one."""
        return Weighing(weights=self.weights, background=self.background)


def draw_dev(
    pairs: Sequence[Pair],
    passages: Passages,
    serving: Serving,
    seed: int = 7,
    pool: int = POOL,
    inverse_propensity: Callable[[int], float] = lambda _: 1.0,
) -> DevSet:
    """Choose questions, a pool for them, and score the pool by every leg but the encoder's.

    A log knows answers mostly where the live search ranks them high, and so says that the live search is nearly
    perfect. So a question counts by the inverse propensity of the place where its answer is found now: the further
    down, the more, since nobody looked down far enough for the others.
    """
    pool = min(pool, int(POOL_LETTERS / max(1.0, _mean_length(passages))))
    grades = _grades(pairs, passages)
    every = sorted(grades)
    most = min(QUESTIONS, max(1, pool // PER_QUESTION))
    drawn: list[int] = np.random.default_rng(seed).permutation(len(every)).tolist()
    names = [every[place] for place in sorted(drawn[:most])]
    texts = [grades[name].text for name in names]
    others = leg_scores(texts, passages, serving)
    right = {row for name in names for document in grades[name].documents for row in passages.by_document[document]}
    hard = _hardest(texts, others, passages, serving, max(5, int(pool * (1 - RANDOM)) // max(1, len(names))))
    by_chance: list[int] = np.random.default_rng((seed, 1)).permutation(len(passages.ids)).tolist()
    rows = sorted(
        {*right, *hard, *by_chance[: int(pool * RANDOM)]}, key=lambda row: (passages.places[row].document, row)
    )
    documents = [passages.places[row].document for row in rows]
    starts = starts_of(documents)
    columns = {documents[at]: column for column, at in enumerate(starts)}
    chosen, beginning = np.asarray(rows, dtype=np.int64), np.asarray(starts, dtype=np.int64)
    known = [[(columns[doc], grade) for doc, grade in grades[name].documents.items()] for name in names]
    legs = {name: scores[:, chosen] for name, scores in others.items()}
    gains, vectors = gains_of(known, len(starts)), serving.encoder.encode_queries(texts)
    now = fused(vectors @ passages.vectors[chosen].T, legs, serving.weighing)
    places = places_of(now, beginning, gains)
    return DevSet(
        questions=tuple(texts),
        passages=tuple(passages.texts[row] for row in rows),
        starts=beginning,
        gains=gains,
        legs=legs,
        weights=serving.weights,
        live_questions=vectors,
        live_passages=passages.vectors[chosen],
        free=np.asarray([grades[name].free for name in names], dtype=bool),
        importance=np.asarray([inverse_propensity(int(place)) for place in places]),
    )


def _mean_length(passages: Passages) -> float:
    return sum(map(len, passages.texts)) / max(1, len(passages.texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    text: str
    documents: dict[str, int]  # and how well each answers
    free: bool  # somebody knew it without looking down a list


def _grades(pairs: Sequence[Pair], passages: Passages) -> dict[str, _Known]:
    """Gather what is known of each question; a text that is not in the library can't be found there."""
    found: dict[str, _Known] = {}
    for pair in pairs:
        if pair.document in passages.by_document:
            key, free = pair.key, pair.source == "file" or any(one.kind == "label" for one in pair.grounds)
            before = found.get(key, _Known(text=pair.query, documents={}, free=False))
            documents = {
                **before.documents,
                pair.document: max(pair.grade, before.documents.get(pair.document, 0)),
            }
            found[key] = _Known(text=before.text, documents=documents, free=before.free or free)
    return found


def leg_scores(texts: Sequence[str], passages: Passages, serving: Serving) -> dict[str, Scores]:
    """Score every passage, a column each, for each question by every leg but the encoder's, as the live index does.

    A score counts what it is worth in its question, so that one weight for all of them orders as a search does.
    """
    asker = PointFilter(groups=passages.groups)
    queries = [Query(text=text, vector=None, words=analyse_query(text), filter=asker) for text in texts]
    found = dict[str, Scores]()
    for name, source in sources_of(StoreSource(serving.store), serving.scorers).items():
        if name != DENSE.name:
            scores = found[name] = np.zeros((len(texts), len(passages.ids)), dtype=np.float32)
            lookups = [Lookup(leg=LEGS[name], query=query, row=row, limit=DEEP) for row, query in enumerate(queries)]
            for row, hits in enumerate(source.look_up(lookups)):
                worth = LEGS[name].worth(queries[row])
                for hit in hits:
                    if hit.id in passages.rows:
                        scores[row, passages.rows[hit.id]] = worth * hit.score
    return found


def _hardest(
    texts: Sequence[str], others: Mapping[str, Scores], passages: Passages, serving: Serving, each: int
) -> set[int]:
    """Return what the live pipeline and each of its legs rank first."""
    vectors, found = serving.encoder.encode_queries(texts), set[int]()
    for start in range(0, len(texts), ROWS):
        dense = vectors[start : start + ROWS] @ passages.vectors.T
        part = {name: scores[start : start + ROWS] for name, scores in others.items()}
        both = fused(dense, part, serving.weighing)
        for scores, count in ((both, each - each // 3), (dense, each // 3)):
            top = min(count, scores.shape[1])
            if top:
                found.update(np.argpartition(-scores, top - 1, axis=1)[:, :top].ravel().tolist())
    return found
