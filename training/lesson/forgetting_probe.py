"""Questions from outside the domain: what a candidate would forget shows while there is still a choice.

They are half of the gate's canary.
"""

from collections.abc import Sequence
from contextlib import closing

import numpy as np

from retriever.encoding.encoder import Encoder, Vectors
from retriever.encoding.vectorcache import VectorCache, encode_cached
from retriever.indexing.build import text_of
from retriever.library.library import Library
from retriever.library.rows import Placed
from retriever.ranking.fusion import WEIGHTS
from training.gate.canary import Canary
from training.gate.rules import RULES
from training.lesson.dev_set import DevSet, gains_of, starts_of

QUESTIONS, POOL = 200, 1000  # at most; an evaluation takes some ten seconds on two cores
GENERAL_LOSS = (
    RULES.canary_margin
)  # of R@10, as the gate has it; what loses more is taken only where nothing loses less
CHANCE = 1.4  # standard errors; of twice as many questions they are the 1.96 that the gate lets pass


def draw_forgetting_probe(canary: Canary, encoder: Encoder) -> DevSet | None:
    """Lay out the canary's development questions over its passages, right ones first; none where it has too few."""
    asked = canary.development[:QUESTIONS]
    if not asked:
        return None
    placed = _pool(canary, {document.id for _, known in asked for document in known.documents})
    documents = [item.document.id for item in placed]
    starts = starts_of(documents)
    columns = {documents[at]: column for column, at in enumerate(starts)}
    grades = [[(columns[item.id], 1) for item in known.documents if item.id in columns] for _, known in asked]
    texts = [question.text for question, _ in asked]
    with closing(VectorCache(canary.workspace.vectors)) as cache:
        passages = encode_cached(encoder, cache, [text_of(item) for item in placed])
    return DevSet(
        questions=tuple(texts),
        passages=tuple(text_of(item) for item in placed),
        starts=np.asarray(starts, dtype=np.int64),
        gains=gains_of(grades, len(starts)),
        legs={},  # words would hide what an encoder forgot
        weights=WEIGHTS,
        live_questions=encoder.encode_queries(texts),
        live_passages=passages,
        importance=np.ones(len(texts)),
        free=np.zeros(len(texts), dtype=bool),
    )


def general_recall_loss(outside: DevSet | None, questions: Vectors, passages: Vectors) -> float:
    """Measure how much R@10 an encoder has lost beside the live one; what it has gained is below zero.

    What so few questions may lose by chance is no loss, as with the gate, which asks twice as many.
    """
    if outside is None:
        return 0.0
    before = outside.dense_recall(outside.live_questions, outside.live_passages)
    lost, error = outside.gap(before, outside.dense_recall(questions, passages))
    return 0.0 if 0 < lost <= min(CHANCE * error, RULES.canary_most) else lost


def _pool(canary: Canary, gold: set[str]) -> list[Placed]:
    every: Sequence[Placed] = list(Library(canary.workspace.database).everything())
    chosen = sorted(every, key=lambda item: item.document.id not in gold)[:POOL]
    return sorted(chosen, key=lambda item: (item.document.id, item.passage.ordinal))
