"""One order out of two legs, by their scores: how far a cosine stands out, squared, plus so much for the words.

A cosine is measured against what two random passages of the library have in common, so in a library whose passages
are all alike, where cosines say little, words decide more. Squaring does the same for each question: a match in
meaning that stands out is believed over any words, a faint one is not. Ranks throw both of these away.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hone.records import FusionWeights
from retriever.storing.store import LegHit, LegHits

# For models that have learned none. Chosen on the development splits of seven data sets, apart and as one library:
# docs/experiments.md, Fusion.
WEIGHTS = FusionWeights(bm25=0.6, power=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """The cosine of two passages taken at random, which is what a cosine is worth nothing at."""

    mean: float
    deviation: float


# The packaged encoder on a library of many subjects; for libraries too small to measure.
TYPICAL = Background(mean=0.06, deviation=0.125)
FEWEST = 20  # passages that a background can be measured on


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscored:
    """Passages that only the other leg found, by the leg that is still to score them."""

    dense: frozenset[str]
    bm25: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedHit:
    """A passage with the scores that its place comes from."""

    id: str
    score: float
    dense: float
    bm25: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """The fused order, best first and ties by id."""

    hits: tuple[FusedHit, ...]


def measure_background(vectors: NDArray[np.float32]) -> Background:
    """Measure the cosine over all pairs of these unit vectors; some thousand random passages are enough."""
    count = len(vectors)
    if count < FEWEST:
        return TYPICAL
    rows = vectors.astype(np.float64)
    centre, moments = rows.mean(axis=0), rows.T @ rows / count
    # Both sums run over every pair without forming one; a passage's pair with itself is taken out again.
    pairs = count * (count - 1)
    mean = (count**2 * float(centre @ centre) - count) / pairs
    square = (count**2 * float((moments**2).sum()) - count) / pairs
    deviation = max(square - mean**2, 0.0) ** 0.5
    return Background(mean=mean, deviation=deviation) if deviation > 1e-6 else TYPICAL


def unscored(hits: LegHits) -> Unscored:
    """Return what each leg has to be asked for before fusing, by a search limited to these ids."""
    dense, bm25 = ({hit.id for hit in leg} for leg in (hits.dense, hits.bm25))
    return Unscored(dense=frozenset(bm25 - dense), bm25=frozenset(dense - bm25))


def fuse(
    hits: LegHits,
    cross: LegHits,
    background: Background = TYPICAL,
    weights: FusionWeights = WEIGHTS,
) -> Fused:
    """Fuse what the legs found; `cross` holds their scores for what `unscored` named.

    A passage that a leg was asked about and did not score gets the worst that the leg gave.
    """
    dense, bm25 = _scores(hits.dense, cross.dense), _scores(hits.bm25, cross.bm25)
    worst = min(dense.values(), default=background.mean)
    fused: list[FusedHit] = []
    for hit in {hit.id: hit for hit in (*hits.dense, *hits.bm25)}.values():
        cosine, words = dense.get(hit.id, worst), bm25.get(hit.id, 0.0)
        outstanding = max(cosine - background.mean, 0.0) / background.deviation
        score = outstanding**weights.power + weights.bm25 * words
        fused.append(FusedHit(id=hit.id, score=score, dense=cosine, bm25=words))
    # Below the mean the power is zero, so the cosine itself still tells passages apart.
    fused.sort(key=lambda hit: (-hit.score, -hit.dense, hit.id))
    return Fused(hits=tuple(fused))


def _scores(found: tuple[LegHit, ...], asked: tuple[LegHit, ...]) -> dict[str, float]:
    return {hit.id: hit.score for hit in (*asked, *found)}
