"""One order out of all legs, by their scores: how far a cosine stands out, to a power, plus so much for the words.

A cosine is measured against what two random passages of the library have in common, so in a library whose passages
are all alike, where cosines say little, words decide more. The power does the same for each question: a match in
meaning that stands out is believed over words, a faint one less. Ranks throw both of these away. What words add up
to grows with their number, so a unit of theirs is worth less in a long question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hone.records import FusionWeights
from hone.registry import Generation
from retriever.ranking.background import TYPICAL, Background
from retriever.ranking.leg import Leg, Query, Scores
from retriever.ranking.legs import DENSE, LEGS
from retriever.storing.store import LegHit, LegHits

# For models that have learned none. Chosen over nine data sets, each left out once, and tried with a second encoder:
# docs/experiments/2026-12-01-fusion-by-length.md.
WEIGHTS = FusionWeights(legs={"bm25": 0.25}, power=1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """How scores become one: what a model has learned, and what its cosines are measured against."""

    weights: FusionWeights = WEIGHTS
    background: Background = TYPICAL

    def in_question(self, query: Query) -> "Weighing":
        """Weigh each leg by what a unit of its score is worth in a question of this length."""
        own = self.weights.legs
        legs = {name: own.get(name, leg.weight) * leg.worth(query) for name, leg in LEGS.items()}
        return replace(self, weights=replace(self.weights, legs=legs))

    def without(self, leg: Leg) -> "Weighing":
        """Let a leg count for nothing."""
        return replace(self, weights=replace(self.weights, legs={**self.weights.legs, leg.name: 0.0}))


def weights_of(learned: FusionWeights | None) -> FusionWeights:
    """Take the packaged weights where a model has learned none."""
    return learned or WEIGHTS


def weighing_of(generation: Generation) -> Weighing:
    """Weigh as a generation's model does, against the background measured when it was built."""
    background = Background(mean=generation.cosine_mean, deviation=generation.cosine_deviation)
    return Weighing(weights=weights_of(generation.model.fusion), background=background)


def combine(scores: Mapping[str, Scores], weighing: Weighing) -> Scores:
    """Add up the scores of every leg, each of the same shape; this is the formula of all searching."""
    weights, found = weighing.weights, list[Scores]()
    for name, values in scores.items():
        gain = LEGS[name].gain(values, weighing.background, weights.power)
        found.append(weights.legs.get(name, LEGS[name].weight) * gain)
    return sum(found[1:], start=found[0])


def fuse(found: LegHits, asked: LegHits, weighing: Weighing) -> tuple[LegHit, ...]:
    """Fuse what the legs found, best first; `asked` holds their scores for what only other legs found."""
    ids = list(dict.fromkeys(hit.id for hits in found.values() for hit in hits))
    if not ids:
        return ()
    table = {name: _column(name, ids, (*asked.get(name, ()), *hits), weighing) for name, hits in found.items()}
    scores = combine(table, weighing)
    # Far below the mean every gain is nearly zero, so the cosine itself still separates passages.
    cosines = table.get(DENSE.name, scores)
    order = sorted(zip((-scores).tolist(), (-cosines).tolist(), ids, strict=True))
    return tuple(LegHit(id=name, score=-score) for score, _, name in order)


def _column(name: str, ids: list[str], hits: tuple[LegHit, ...], weighing: Weighing) -> Scores:
    known = {hit.id: hit.score for hit in hits}
    floor = LEGS[name].floor(known.values(), weighing.background)
    return np.array([known.get(item, floor) for item in ids], dtype=np.float64)
