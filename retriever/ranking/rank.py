"""Ranking questions: the best of every leg, each leg's scores of what the others found, one fused order, reread."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from hone.records import ConfirmedBy
from retriever.ranking.fusion import Weighing, fuse
from retriever.ranking.holding import hold_back
from retriever.ranking.leg import Query
from retriever.ranking.legs import FUSED, LEGS, MEMORY, RERANKED
from retriever.ranking.reranker import Reranking
from retriever.ranking.sources import Hits, Lookup, ScoreSource
from retriever.storing.store import LegHit, LegHits

# Passages asked of each leg: 100 and 200 give the same nDCG@10, 20 up to .002 less
# (docs/experiments/2026-11-20-fusion.md).
DEPTH = 50

Timed = Callable[[str], AbstractContextManager[None]]  # counts the time of a stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What one question finds at every stage, and the order that counts."""

    stages: Mapping[str, Hits]  # by leg, then fused, then reranked where a reranker has read the first
    order: Hits  # each place with the score that fusion gave it, whoever took it
    notices: tuple[str, ...] = ()
    confirmed: Mapping[str, ConfirmedBy] = field(default_factory=dict[str, ConfirmedBy])  # who lifted passages


def rank(
    queries: Sequence[Query],
    legs: Mapping[str, ScoreSource],
    weighing: Weighing,
    reranking: Reranking | None = None,
    *,
    most: Sequence[Mapping[str, int]] = (),
    depth: int = DEPTH,
    timed: Timed = lambda _: nullcontext(),
) -> list[Ranked]:
    """Rank passages for each question; every search, evaluation and training ranks by this.

    `most` says for each question by how many places the memory may lift passages that few have confirmed.
    """
    with timed("legs"):
        every = enumerate(queries)
        best = [Lookup(leg=LEGS[name], query=query, row=row, limit=depth) for row, query in every for name in legs]
        found = _by_question(best, legs, len(queries))
        missing = [lookup for row, query in enumerate(queries) for lookup in _unscored(row, query, found[row])]
        asked = _by_question(missing, legs, len(queries))
        found = [_permitted(hits, scores, legs) for hits, scores in zip(found, asked, strict=True)]
    with timed("fuse"):
        each = zip(queries, found, asked, strict=True)
        fused = [fuse(hits, scores, weighing.in_question(query)) for query, hits, scores in each]
        if any(most):
            each = zip(queries, found, asked, strict=True)
            plain = [fuse(hits, scores, weighing.in_question(query).without(MEMORY)) for query, hits, scores in each]
            fused = [hold_back(*three) for three in zip(fused, plain, most, strict=True)]
    ranked = [Ranked(stages={**hits, FUSED: order}, order=order) for hits, order in zip(found, fused, strict=True)]
    if reranking is None:
        return ranked
    with timed("rerank"):
        return [_reread(query, one, reranking) for query, one in zip(queries, ranked, strict=True)]


def score(queries: Sequence[Query], legs: Mapping[str, ScoreSource], ids: Sequence[frozenset[str]]) -> list[LegHits]:
    """Ask every leg for its scores of certain passages for each question."""
    every = zip(range(len(queries)), queries, ids, strict=True)
    lookups = [
        Lookup(leg=LEGS[name], query=query, row=row, limit=len(names), ids=names)
        for row, query, names in every
        for name in legs
        if names
    ]
    return _by_question(lookups, legs, len(queries))


def _by_question(lookups: Sequence[Lookup], legs: Mapping[str, ScoreSource], count: int) -> list[LegHits]:
    """Ask each source once for all that is wanted of it."""
    found: list[dict[str, Hits]] = [dict.fromkeys(legs, ()) for _ in range(count)]
    for source in {id(source): source for source in legs.values()}.values():
        own = [lookup for lookup in lookups if legs[lookup.leg.name] is source]
        for lookup, hits in zip(own, source.look_up(own) if own else (), strict=True):
            found[lookup.row][lookup.leg.name] = hits
    return list(found)


def _unscored(row: int, query: Query, found: LegHits) -> list[Lookup]:
    """Name for each leg what only others found."""
    everything = {hit.id for hits in found.values() for hit in hits}
    missing = {name: frozenset(everything.difference(hit.id for hit in hits)) for name, hits in found.items()}
    return [
        Lookup(leg=LEGS[name], query=query, row=row, limit=len(ids), ids=ids) for name, ids in missing.items() if ids
    ]


def _permitted(found: LegHits, asked: LegHits, legs: Mapping[str, ScoreSource]) -> LegHits:
    """Leave out what a leg found that knows no permissions, unless one that does gives it to the asker too."""
    if all(source.permitted for source in legs.values()):
        return found
    readable = {hit.id for name, source in legs.items() if source.permitted for hit in (*found[name], *asked[name])}
    return {name: tuple(hit for hit in hits if hit.id in readable) for name, hits in found.items()}


def _reread(query: Query, ranked: Ranked, reranking: Reranking) -> Ranked:
    if not ranked.order:
        return ranked
    reread = reranking.reread(query.text, [hit.id for hit in ranked.order])
    if reread.notice:
        return replace(ranked, notices=(reread.notice,))
    names = order_of({FUSED: _names(ranked.order), RERANKED: _names(reread.hits)})
    order = tuple(LegHit(id=name, score=hit.score) for name, hit in zip(names, ranked.order, strict=True))
    return Ranked(stages={**ranked.stages, RERANKED: reread.hits}, order=order)


def order_of(stages: Mapping[str, Sequence[str]]) -> list[str]:
    """Name passages in the order that counts: what was reranked comes first, the rest as fused."""
    return list(dict.fromkeys((*stages.get(RERANKED, ()), *stages[FUSED])))


def _names(hits: Hits) -> list[str]:
    return [hit.id for hit in hits]
