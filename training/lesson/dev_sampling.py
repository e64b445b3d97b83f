"""Drawing the pool that development questions are scored over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retriever.encoding.encoder import Encoder
from retriever.ranking.fusion import Background, FusionWeights
from retriever.ranking.words import analyse_query
from retriever.storing.store import LegQuery, PointFilter, Store
from training.lesson.dev_set import DevSet, Scores, fused, gains_of, places_of, starts_of
from training.pairs.passages import Passages
from training.pairs.questions import key_of
from training.records import Pair

QUESTIONS = 400  # at most; with them a difference of 3 points shows
POOL, POOL_LETTERS = 4000, 1_200_000  # at most, passages and what they come to: an evaluation must not take minutes
PER_QUESTION = 5  # passages of the pool, at least: its answer, and what is hard to tell from it
RANDOM = 0.3  # of the pool; what a fitted encoder may come to prefer is not known beforehand
DEEP = 1000  # passages that the lexical leg scores for a question; what comes later has next to nothing in common
ROWS = 64  # questions scored over the whole library at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What answers now: encoder, index and how the legs are weighed."""

    encoder: Encoder
    store: Store
    background: Background
    weights: FusionWeights


def draw_dev(
    pairs: Sequence[Pair],
    passages: Passages,
    serving: Serving,
    seed: int = 7,
    pool: int = POOL,
    inverse_propensity: Callable[[int], float] = lambda _: 1.0,
) -> DevSet:
    """Choose questions, a pool for them, and score the pool by words.

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
    lexical = [words_scores(text, passages, serving.store) for text in texts]
    right = {row for name in names for document in grades[name].documents for row in passages.by_document[document]}
    hard = _hardest(texts, lexical, passages, serving, max(5, int(pool * (1 - RANDOM)) // max(1, len(names))))
    others: list[int] = np.random.default_rng((seed, 1)).permutation(len(passages.ids)).tolist()
    rows = sorted({*right, *hard, *others[: int(pool * RANDOM)]}, key=lambda row: (passages.places[row].document, row))
    documents = [passages.places[row].document for row in rows]
    starts = starts_of(documents)
    columns = {documents[at]: column for column, at in enumerate(starts)}
    chosen, beginning = np.asarray(rows, dtype=np.int64), np.asarray(starts, dtype=np.int64)
    known = [[(columns[doc], grade) for doc, grade in grades[name].documents.items()] for name in names]
    words = np.stack([scores[chosen] for scores in lexical]) if lexical else np.empty((0, len(rows)), np.float32)
    gains, vectors = gains_of(known, len(starts)), serving.encoder.encode_queries(texts)
    now = fused(vectors @ passages.vectors[chosen].T, words, serving.background, serving.weights)
    places = places_of(now, beginning, gains)
    return DevSet(
        questions=tuple(texts),
        passages=tuple(passages.texts[row] for row in rows),
        starts=beginning,
        gains=gains,
        bm25=words,
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
            key, free = key_of(pair.query), pair.source == "file" or any(one.kind == "label" for one in pair.grounds)
            before = found.get(key, _Known(text=pair.query, documents={}, free=False))
            documents = {
                **before.documents,
                pair.document: max(pair.grade, before.documents.get(pair.document, 0)),
            }
            found[key] = _Known(text=before.text, documents=documents, free=before.free or free)
    return found


def words_scores(text: str, passages: Passages, store: Store) -> NDArray[np.float32]:
    """Give every passage's score by words for a question, as the live index has it."""
    scores = np.zeros(len(passages.ids), dtype=np.float32)
    allowed = PointFilter(groups=passages.groups)
    found = store.search([LegQuery(vector=None, words=analyse_query(text), filter=allowed, limit=DEEP)])[0].bm25
    known = [(passages.rows[hit.id], hit.score) for hit in found if hit.id in passages.rows]
    if known:
        rows, values = zip(*known, strict=True)
        scores[list(rows)] = values
    return scores


def _hardest(
    texts: Sequence[str], lexical: Sequence[Scores], passages: Passages, serving: Serving, each: int
) -> set[int]:
    """Give what the live pipeline and each of its legs rank first."""
    vectors, found = serving.encoder.encode_queries(texts), set[int]()
    for start in range(0, len(texts), ROWS):
        dense = vectors[start : start + ROWS] @ passages.vectors.T
        words = np.stack(lexical[start : start + ROWS])
        both = fused(dense, words, serving.background, serving.weights)
        for scores, count in ((both, each - each // 3), (dense, each // 3)):
            top = min(count, scores.shape[1])
            if top:
                found.update(np.argpartition(-scores, top - 1, axis=1)[:, :top].ravel().tolist())
    return found
