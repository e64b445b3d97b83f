"""Hard negatives for pairs: the best of the live search's list that nothing speaks for."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from hone.progress import Progress
from retriever.encoding.encoder import Vectors
from retriever.ranking.fusion import Weighing
from retriever.ranking.leg import Query
from retriever.ranking.legs import DENSE, FUSED
from retriever.ranking.rank import rank
from retriever.ranking.sources import MatrixSource, StoreSource, sources_of, within
from retriever.ranking.words import analyse_query
from retriever.storing.store import PointFilter
from training.mining.records import Mined, MiningInputs, MiningReport, Reason
from training.records import Judgment

COSINES = 2**25  # held at a time: 128 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAnswers:
    """What answers the questions of one cluster."""

    documents: frozenset[str]  # whole ones: everything that is measured counts documents
    vectors: Vectors  # of the passages, whose near-copies in other documents answer too


def mine(order: MiningInputs, progress: Progress) -> Mined:
    """Find hard negatives for each pair, hardest first; the same order gives the same ones.

    A negative is no nearer to the question than the pair's own positive. That it stays some way below taught less: 27 %
    of misses removed on nl2bash, and 31 % without such a margin (docs/experiments/2026-11-27-ablations.md).
    """
    places: dict[str, list[int]] = {}  # of pairs, by question: its spellings share their negatives
    for place, pair in enumerate(order.pairs):
        places.setdefault(pair.key, []).append(place)
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


def known_answers(order: MiningInputs, positives: Vectors) -> Mapping[str, KnownAnswers]:
    """Return by cluster what its pairs and judgments say answers it; `positives` are the pairs' vectors."""
    documents, vectors = defaultdict[str, set[str]](set), defaultdict[str, list[Vectors]](list)
    for place, pair in enumerate(order.pairs):
        cluster = order.cluster(pair.key)
        documents[cluster].add(pair.document)
        vectors[cluster].append(positives[place])
    for judgment in order.liked:
        # Clusters of judgments were made without the pairs of files, and those of pairs with them: either may be wider.
        for cluster in {judgment.cluster, order.cluster(judgment.key)} if judgment.grade > 0 else ():
            documents[cluster].add(judgment.document)
            vectors[cluster] += _vectors_of(judgment, order)
    return {
        cluster: KnownAnswers(documents=frozenset(names), vectors=np.stack(vectors[cluster]))
        for cluster, names in documents.items()
        if vectors[cluster]
    }


def positives_of(order: MiningInputs) -> Vectors:
    """Return each pair's positive as a vector; those that the passages lack are encoded from their text."""
    rows = [order.passages.rows.get(pair.passage) for pair in order.pairs]
    texts = list(dict.fromkeys(pair.text for pair, row in zip(order.pairs, rows, strict=True) if row is None))
    made = order.encoder.encode_passages(texts) if texts else ()
    own = dict(zip(texts, made, strict=True))
    found = [
        own[pair.text] if row is None else order.passages.vectors[row]
        for pair, row in zip(order.pairs, rows, strict=True)
    ]
    return np.stack(found)


def _vectors_of(judgment: Judgment, order: MiningInputs) -> Iterator[Vectors]:
    row = order.passages.rows.get(judgment.passage)
    rows: Sequence[int] = order.passages.by_document.get(judgment.document, ()) if row is None else (row,)
    return (order.passages.vectors[row] for row in rows)
