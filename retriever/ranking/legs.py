"""The legs that a question is asked with: a row each. Another leg is a file of its own and a row here."""

from collections.abc import Iterable

import numpy as np

from retriever.ranking.background import Background
from retriever.ranking.leg import Leg, Query, Scores
from retriever.storing.store import LegQuery

FUSED, RERANKED = "fused", "reranked"  # the stages after the legs
# What both stand for, and what else was tried: docs/experiments/2026-12-01-fusion-by-length.md.
SOFTNESS = 0.7  # how soon a cosine below the background counts nothing; a cut at it silences the leg on hard questions
TERMS = 9  # of a question in which a unit of BM25 counts in full, which is a typical one
SHRINKING = 0.25  # how much less it counts in a longer one: 0 not at all, 1 so much that length makes no difference


def _by_vector(query: Query) -> LegQuery:
    return LegQuery(vector=query.vector, words="", filter=query.filter, limit=0)


def _by_words(query: Query) -> LegQuery:
    return LegQuery(vector=None, words=query.words, filter=query.filter, limit=0)


def _outstanding(cosines: Scores, background: Background, power: float) -> Scores:
    standing = (cosines - background.mean) / background.deviation
    return (np.logaddexp(0, SOFTNESS * standing) / SOFTNESS) ** power


def _by_length(query: Query) -> float:
    return (TERMS / max(1, len(query.words.split()))) ** SHRINKING


def _worst(cosines: Iterable[float], background: Background) -> float:
    return min(cosines, default=background.mean)


DENSE = Leg(name="dense", label="By meaning", weight=1.0, query=_by_vector, gain=_outstanding, floor=_worst)
BM25 = Leg(name="bm25", label="By keywords", weight=0.25, query=_by_words, worth=_by_length)

MEMORY = Leg(name="memory", label="Confirmed before", weight=1.0)  # its scores are in units of the fused order

LEGS: dict[str, Leg] = {leg.name: leg for leg in (DENSE, BM25, MEMORY)}


def usual_legs() -> list[str]:
    """Name the legs that every question is asked with."""
    return [name for name, leg in LEGS.items() if leg.usual]


def stage_labels() -> dict[str, str]:
    """Name every stage of a search as people read it, in the order in which a search passes them."""
    return {leg.name: leg.label for leg in LEGS.values()} | {FUSED: "Combined", RERANKED: "Read again"}
