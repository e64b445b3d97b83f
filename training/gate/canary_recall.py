"""What both encoders find in the canary: each passage's vector made by each, and the same words."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from eval.measures import parse_measure, score_all
from eval.pinned import open_pinned
from hone.records import FusionWeights
from hone.registry import Model
from retriever.encoding.encoder import Encoder, Vectors
from retriever.encoding.vectorcache import VectorCache, encode_cached
from retriever.indexing.build import text_of
from retriever.library.library import Library
from retriever.library.rows import Placed
from retriever.ranking.background import measure_background
from retriever.ranking.fusion import Weighing, weights_of
from retriever.ranking.leg import Leg, Query
from retriever.ranking.legs import DENSE, FUSED, LEGS
from retriever.ranking.rank import rank
from retriever.ranking.sources import FunctionSource, Lookup, MatrixSource, ScoreSource, within
from retriever.searching.live import OpenIndex
from retriever.searching.searcher import Question, Searcher, query_of
from training.gate.canary import Canary
from training.gate.rules import GateRules
from training.gate.scored import PairedScores, compare_scores
from training.gate.verdict import Check, Findings

MOST = 12_000  # passages: two minutes of encoding on two cores, once a model
DEEP = 500  # passages that another leg scores: what vectors find and words do not is mostly among them
RECALL = parse_measure("R@10")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenModel:
    """A model with its encoder open."""

    model: Model
    encoder: Encoder

    @property
    def weights(self) -> FusionWeights:
        return weights_of(self.model.fusion)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """The canary's passages, and what every leg but the encoder's says of them."""

    placed: Sequence[Placed]
    legs: Mapping[str, Sequence[Mapping[str, float]]]  # by leg: scores by passage, a question each


def compare_canary_recall(canary: Canary, live: OpenModel, candidate: OpenModel, rules: GateRules) -> Findings:
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


def judged(found: PairedScores, what: str, canary: str, rules: GateRules) -> Check:
    """Judge what is lost: shown to be more than the margin allows, or too much for chance to excuse."""
    gap = found.difference
    passed = gap.mean >= -rules.canary_margin or (gap.mean >= -rules.canary_most and gap.high >= 0)
    says = (
        f"R@10 of the {what} on the canary ({canary}) {found.moves}; allowed: a loss of {rules.canary_margin:.3f}, "
        f"or {rules.canary_most:.3f} if it may be chance."
    )
    return Check(name="canary", passed=passed, says=says)


def _shelf(canary: Canary) -> _Shelf:
    """Take the canary's passages, those of gold documents first, and ask its index what the other legs find."""
    gold = {document.id for _, known in canary.questions for document in known.documents}
    every = list(Library(canary.workspace.database).everything())
    every.sort(key=lambda item: item.document.id not in gold)
    with closing(open_pinned(canary.workspace, canary.generation)) as searcher, searcher.live.current() as opened:
        queries = [query_of(Question(text=item.text, asker=item.asker), None) for item, _ in canary.questions]
        legs = {name: _scores(LEGS[name], source, queries) for name, source in _others(searcher, opened)}
    return _Shelf(placed=every[:MOST], legs=legs)


def _others(searcher: Searcher, opened: OpenIndex) -> Iterator[tuple[str, ScoreSource]]:
    return ((name, source) for name, source in searcher.sources(opened).items() if name != DENSE.name)


def _scores(leg: Leg, source: ScoreSource, queries: Sequence[Query]) -> list[Mapping[str, float]]:
    lookups = [Lookup(leg=leg, query=query, row=row, limit=DEEP) for row, query in enumerate(queries)]
    return [{hit.id: hit.score for hit in hits} for hits in source.look_up(lookups)]


def _recalls(canary: Canary, shelf: _Shelf, contestant: OpenModel) -> dict[str, list[float]]:
    with closing(VectorCache(canary.workspace.vectors)) as cache:
        passages = encode_cached(contestant.encoder, cache, [text_of(item) for item in shelf.placed])
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
    rows = {name: row for row, name in enumerate(owners)}
    queries = [query_of(Question(text=item.text, asker=item.asker), None) for item, _ in canary.questions]
    legs: dict[str, ScoreSource] = {
        name: within(FunctionSource(partial(_listed, words), permitted=LEGS[name].open is None), rows)
        for name, words in shelf.legs.items()
    }
    legs[DENSE.name] = MatrixSource(scores=asked @ passages.T, rows=rows, readable=partial(_readable, shelf.placed))
    ranked = rank(queries, legs, Weighing(weights=weights, background=background))
    return {
        stage: [list(dict.fromkeys(owners[hit.id] for hit in item.stages[stage])) for item in ranked]
        for stage in (DENSE.name, FUSED)
    }


def _listed(scores: Sequence[Mapping[str, float]], lookup: Lookup) -> Mapping[str, float]:
    return scores[lookup.row]


def _readable(placed: Sequence[Placed], query: Query) -> NDArray[np.bool_]:
    return np.array([not item.document.groups.isdisjoint(query.filter.groups) for item in placed])
