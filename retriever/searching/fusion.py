"""One order out of two legs: a passage's cosine plus its BM25 score times what such a score is worth for this question."""

from dataclasses import dataclass

from retriever.storing.store import LegHit, LegHits


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionWeights:
    """What the fusion has learned; a generation may be given its own."""

    bm25: float  # how much cosine one unit of BM25 score is worth


# Measured in benchmarks/retrieval.py; see docs/experiments.md.
WEIGHTS = FusionWeights(bm25=0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscored:
    """Passages that only the other leg found, by the leg that is still to score them."""

    dense: frozenset[str]
    bm25: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedHit:
    """A passage with the scores that its place comes from."""

    id: str
    document: str
    score: float
    dense: float
    bm25: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """The fused order, best first and ties by id, and the weight that made it."""

    bm25_weight: float
    hits: tuple[FusedHit, ...]


def unscored(hits: LegHits) -> Unscored:
    """Return what each leg has to be asked for before fusing, by a search limited to these ids."""
    dense, bm25 = ({hit.id for hit in leg} for leg in (hits.dense, hits.bm25))
    return Unscored(dense=frozenset(bm25 - dense), bm25=frozenset(dense - bm25))


def fuse(question: str, hits: LegHits, cross: LegHits, weights: FusionWeights = WEIGHTS) -> Fused:
    """Fuse what the legs found; `cross` holds their scores for what `unscored` named.

    Where a score is missing, the passage gets the worst that its leg can have given it.
    """
    dense, bm25 = _scores(hits.dense, cross.dense), _scores(hits.bm25, cross.bm25)
    worst = min(dense.values(), default=0.0)
    fused = [
        FusedHit(
            id=hit.id,
            document=hit.document,
            score=dense.get(hit.id, worst) + weights.bm25 * bm25.get(hit.id, 0.0),
            dense=dense.get(hit.id, worst),
            bm25=bm25.get(hit.id, 0.0),
        )
        for hit in {hit.id: hit for hit in (*hits.dense, *hits.bm25)}.values()
    ]
    return Fused(bm25_weight=weights.bm25, hits=tuple(sorted(fused, key=lambda hit: (-hit.score, hit.id))))


def _scores(found: tuple[LegHit, ...], asked: tuple[LegHit, ...]) -> dict[str, float]:
    return {hit.id: hit.score for hit in (*asked, *found)}
