"""Hard negatives for pairs: the best of the live search's list that nothing speaks for."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from hone.progress import Progress
from retriever.ranking.legs import FUSED
from training.mining.exclusions import KnownAnswers, known_answers, positives_of
from training.mining.legs import Legs
from training.mining.records import Mined, MiningInputs, MiningReport, Reason
from training.pairs.questions import key_of

COSINES = 2**25  # held at a time: 128 MB


def mine(order: MiningInputs, progress: Progress) -> Mined:
    """Find hard negatives for each pair, hardest first; the same order gives the same ones.

    A negative is no nearer to the question than the pair's own positive. That it stays some way below taught less: 27 %
    of misses removed on nl2bash, and 31 % without such a margin (docs/experiments/2026-11-27-ablations.md).
    """
    places: dict[str, list[int]] = {}  # of pairs, by question: its spellings share their negatives
    for place, pair in enumerate(order.pairs):
        places.setdefault(key_of(pair.query), []).append(place)
    negatives, excluded = [()] * len(order.pairs), Counter[Reason]()
    if order.pairs and order.passages.ids:
        negatives, excluded = _search(order, places, progress)
    report = MiningReport(
        pairs=len(negatives),
        questions=len(places),
        full=sum(len(rows) == order.rules.negatives for rows in negatives),
        excluded=dict(+excluded),
    )
    return Mined(negatives=tuple(negatives), report=report)


def _search(
    order: MiningInputs, places: Mapping[str, Sequence[int]], progress: Progress
) -> tuple[list[tuple[int, ...]], Counter[Reason]]:
    """Ask the live search in blocks whose cosines fit into memory."""
    keys, legs = list(places), Legs(order)
    texts = [order.pairs[places[key][0]].query for key in keys]
    progress.stage("encoding questions", None)
    questions, positives = order.encoder.encode_queries(texts), positives_of(order)
    answers, size = known_answers(order, positives), max(1, COSINES // len(order.passages.ids))
    negatives: list[tuple[int, ...]] = [()] * len(order.pairs)
    excluded = Counter[Reason]()
    progress.stage("finding hard negatives", len(keys))
    for start in range(0, len(keys), size):
        block = slice(start, start + size)
        cosines = legs.cosines(questions[block])
        found = legs.search(texts[block], cosines)
        for key, question, line, hits in zip(keys[block], questions[block], cosines, found, strict=True):
            rows, left_out = _unanswering(order, hits[FUSED], answers[order.cluster(key)])
            for place in places[key]:
                bound = float(question @ positives[place])
                taken = [row for row in rows if line[row] <= bound]
                negatives[place] = tuple(taken[: order.rules.negatives])
                excluded.update(left_out)
                excluded["nearer"] += len(rows) - len(taken)
        progress.advance(len(found))
    return negatives, excluded


def _unanswering(order: MiningInputs, rows: Sequence[int], known: KnownAnswers) -> tuple[list[int], Counter[Reason]]:
    """Leave out what is known to answer, and what says nearly the same."""
    passages = order.passages
    others = [row for row in rows if passages.places[row].document not in known.documents]
    nearness = (passages.vectors[others] @ known.vectors.T).max(axis=1) if others else np.empty(0, np.float32)
    kept = [row for row, cosine in zip(others, nearness, strict=True) if cosine < order.rules.close]
    return kept, Counter[Reason]({"answers": len(rows) - len(others), "near-copy": len(others) - len(kept)})
