"""What both encoders find in the canary: each passage's vector made by each, and the same words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.measures import parse_measure, score_all
from eval.pinned import open_pinned
from hone.records import FusionWeights
from hone.registry import Model
from retriever.encoding.encoder import Encoder, Vectors
from retriever.encoding.vectorcache import VectorCache, encode_cached
from retriever.indexing.points import text_of
from retriever.library.library import Library
from retriever.library.rows import Placed
from retriever.ranking.fusion import WEIGHTS, fuse, measure_background
from retriever.ranking.words import analyse_query
from retriever.searching.searcher import ANYTHING, DEPTH, point_filter
from retriever.storing.store import LegHit, LegHits, LegQuery
from training.gate.canary import Canary
from training.gate.rules import GateRules
from training.gate.scored import Paired, compare_scores
from training.gate.verdict import Check, Findings

MOST = 12_000  # passages: two minutes of encoding on two cores, once a model
DEEP = 500  # passages whose words are scored: what vectors find and words do not is mostly among them
RECALL = parse_measure("R@10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A model with its encoder open."""

    model: Model
    encoder: Encoder

    @property
    def weights(self) -> FusionWeights:
        return self.model.fusion or WEIGHTS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """The canary's passages, and what their words say to each question."""

    placed: Sequence[Placed]
    words: Sequence[Mapping[str, float]]  # BM25 by passage, a question each


def forgetting(canary: Canary, live: Contestant, candidate: Contestant, rules: GateRules) -> Findings:
    """Ask that no more than a point of recall is lost outside the domain.

    The encoder alone is judged where it has changed, since words would hide what it forgot; else both fused orders.
    """
    shelf = _shelf(canary)
    before, after = _recalls(canary, shelf, live), _recalls(canary, shelf, candidate)
    clusters = [min(document.id for document in known.documents) for _, known in canary.questions]
    found = {leg: compare_scores(before[leg], after[leg], clusters) for leg in before}
    leg = "dense" if live.model.card.hash != candidate.model.card.hash else "fused"
    return Findings(
        checks=(judged(found[leg], f"{leg} leg" if leg == "dense" else "fused order", canary.name, rules),),
        measures=tuple(item.measured(f"canary {name} R@10") for name, item in found.items()),
    )


def judged(found: Paired, what: str, canary: str, rules: GateRules) -> Check:
    """Judge what is lost: shown to be more than the margin allows, or too much for chance to excuse."""
    gap = found.difference
    passed = gap.mean >= -rules.canary_margin or (gap.mean >= -rules.canary_most and gap.high >= 0)
    says = (
        f"R@10 of the {what} on the canary ({canary}) {found.moves}; {rules.canary_margin:.3f} may be lost, "
        f"up to {rules.canary_most:.3f} where it can be chance."
    )
    return Check(name="canary", passed=passed, says=says)


def _shelf(canary: Canary) -> _Shelf:
    """Take the canary's passages, those of gold documents first, and ask its index for the words."""
    gold = {document.id for _, known in canary.questions for document in known.documents}
    every = list(Library(canary.workspace.database).everything())
    every.sort(key=lambda item: item.document.id not in gold)
    searcher = open_pinned(canary.workspace, canary.generation)
    try:
        with searcher.live.current() as opened:
            queries = [
                LegQuery(
                    vector=None,
                    words=analyse_query(question.text),
                    filter=point_filter(question.asker, ANYTHING),
                    limit=DEEP,
                )
                for question, _ in canary.questions
            ]
            words = [{hit.id: hit.score for hit in hits.bm25} for hits in opened.store.search(queries)]
    finally:
        searcher.close()
    return _Shelf(placed=every[:MOST], words=words)


def _recalls(canary: Canary, shelf: _Shelf, contestant: Contestant) -> dict[str, list[float]]:
    cache = VectorCache(canary.workspace.vectors)
    try:
        passages = encode_cached(contestant.encoder, cache, [text_of(item) for item in shelf.placed])
    finally:
        cache.close()
    asked = contestant.encoder.encode_queries([question.text for question, _ in canary.questions])
    orders = _orders(canary, shelf, passages, asked, contestant.weights)
    golds = [known.grades for _, known in canary.questions]
    return {leg: score_all([RECALL], rankings, golds)[:, 0].tolist() for leg, rankings in orders.items()}


def _orders(
    canary: Canary, shelf: _Shelf, passages: Vectors, asked: Vectors, weights: FusionWeights
) -> dict[str, list[list[str]]]:
    """Rank documents by both orders, for each question among what its asker may read."""
    background = measure_background(passages[:: max(1, len(passages) // 2000)])
    owners = {item.passage.id: item.document.id for item in shelf.placed}
    ids = [item.passage.id for item in shelf.placed]
    rows = {name: row for row, name in enumerate(ids)}
    found: dict[str, list[list[str]]] = {"dense": [], "fused": []}
    for place, (question, _) in enumerate(canary.questions):
        allowed = np.array([question.asker.may_read(item.document.groups) for item in shelf.placed])
        scores = np.where(allowed, passages @ asked[place], -np.inf)
        best = np.argsort(-scores, kind="stable")[: min(DEPTH, int(allowed.sum()))]
        dense = tuple(LegHit(id=ids[int(row)], score=float(scores[row])) for row in best)
        words = tuple(LegHit(id=name, score=score) for name, score in shelf.words[place].items() if name in rows)
        legs = LegHits(dense=dense, bm25=words[:DEPTH])
        near = {hit.id for hit in dense}
        cross = LegHits(
            dense=tuple(LegHit(id=hit.id, score=float(scores[rows[hit.id]])) for hit in legs.bm25),
            bm25=tuple(hit for hit in words[DEPTH:] if hit.id in near),
        )
        fused = fuse(legs, cross, background, weights).hits
        for leg, order in (("dense", dense), ("fused", fused)):
            found[leg].append(list(dict.fromkeys(owners[hit.id] for hit in order)))
    return found
