"""The shape of a space of vectors: whether a model still tells texts apart, beside the live one and the first.

Every figure is only worth something beside another model's on the same texts: they move with how many texts there are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hone.errors import HoneError
from hone.workspace import Workspace
from retriever.encoding.encoder import Encoder
from retriever.encoding.vectorcache import VectorCache, encode_cached
from retriever.indexing.build import text_of
from retriever.indexing.encoders import Encoders
from retriever.library.library import Library
from training.gate.rules import GateRules
from training.gate.verdict import Check, ComparedMeasure, Findings

Vectors = NDArray[Any]

PAIRS = 20_000  # random ones; the mean cosine of two texts stands to three digits
NEAREST = 10  # as many places as people look at
ROWS = 512  # questions at a time: 4 MB of products over 2,000 passages
# Bounds relative to the base. They are meant to stop what has gone wrong, not to rank what has not: fine-tuning for one
# domain narrows the space a little and is no collapse.
RANK_KEPT = 0.6
COSINE_UP = 0.2
UNIFORMITY_UP = 1.0
HUBS_TIMES, HUBS_UP = 3.0, 0.1  # both have to be passed: three times next to nothing is nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """How a model spreads texts in its space."""

    rank: float  # effective rank (RankMe): how many directions are really used
    uniformity: float  # log mean exp(-2 d²) of random pairs: -4 is spread all over, 0 is one point
    cosine: float  # mean of random pairs
    hubs: float  # share of the questions whose nearest ten hold the passage that is there most often


def measure_geometry(passages: Vectors, questions: Vectors | None = None, seed: int = 7) -> Geometry:
    """Measure a space on passages and the questions put to them; without questions, passages look for each other."""
    vectors = _normalised(passages)
    if not np.isfinite(vectors).all():
        return Geometry(rank=math.nan, uniformity=math.nan, cosine=math.nan, hubs=math.nan)
    if len(vectors) < 2:
        return Geometry(rank=float(len(vectors)), uniformity=0.0, cosine=1.0, hubs=1.0)
    cosines = _random_cosines(vectors, seed)
    return Geometry(
        rank=effective_rank(vectors),
        uniformity=float(np.log(np.exp(-4 * (1 - cosines)).mean())),  # the squared distance is 2 (1 - cosine)
        cosine=float(cosines.mean()),
        hubs=hub_share(vectors, None if questions is None else _normalised(questions)),
    )


def effective_rank(vectors: Vectors) -> float:
    """Return the exponential of the entropy of the singular values' shares."""
    rows = vectors.astype(np.float64)
    gram = rows.T @ rows if len(rows) >= rows.shape[1] else rows @ rows.T
    values = np.sqrt(np.maximum(np.linalg.eigvalsh(gram), 0.0))
    shares = values[values > 0] / max(values.sum(), np.finfo(np.float64).tiny)
    return float(np.exp(-(shares * np.log(shares)).sum()))


def hub_share(vectors: Vectors, questions: Vectors | None = None) -> float:
    """Return the share of questions whose nearest ten hold the most frequent passage."""
    asking = vectors if questions is None else questions
    if not len(asking):
        return 0.0
    nearest, counts = min(NEAREST, len(vectors) - 1), np.zeros(len(vectors), dtype=np.int64)
    for start in range(0, len(asking), ROWS):
        scores = asking[start : start + ROWS] @ vectors.T
        if questions is None:
            scores[np.arange(len(scores)), np.arange(start, start + len(scores))] = -np.inf  # not itself
        found = np.argpartition(-scores, nearest - 1, axis=1)[:, :nearest]
        counts += np.bincount(found.ravel(), minlength=len(vectors))
    return float(counts.max() / len(asking))


def degenerate(now: Geometry, base: Geometry) -> str:
    """Say in a sentence what has gone wrong with a space beside the one it comes from; nothing where it is fine."""
    if not all(map(np.isfinite, (now.rank, now.uniformity, now.cosine, now.hubs))):
        return "The vectors contain invalid numbers."
    found = [
        (
            now.rank < RANK_KEPT * base.rank,
            f"the effective rank fell from {base.rank:.0f} to {now.rank:.0f} (at least {RANK_KEPT:.0%} must remain)",
        ),
        (
            now.cosine > base.cosine + COSINE_UP,
            f"the cosine of two random passages rose from {base.cosine:.2f} to {now.cosine:.2f} "
            f"(at most by {COSINE_UP:.2f})",
        ),
        (
            now.uniformity > base.uniformity + UNIFORMITY_UP,
            f"uniformity rose from {base.uniformity:.2f} to {now.uniformity:.2f} (at most by {UNIFORMITY_UP:.1f})",
        ),
        (
            now.hubs > max(HUBS_TIMES * base.hubs, base.hubs + HUBS_UP),
            f"one passage is among the nearest {NEAREST} of {now.hubs:.0%} of the questions, up from {base.hubs:.0%} "
            f"(at most {max(HUBS_TIMES * base.hubs, base.hubs + HUBS_UP):.0%})",
        ),
    ]
    said = "; ".join(sentence for wrong, sentence in found if wrong)
    return f"The vectors are collapsing: {said}." if said else ""


def _normalised(vectors: Vectors) -> NDArray[np.float32]:
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, np.float32(1e-12))


def _random_cosines(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    one = rng.integers(0, len(vectors), size=PAIRS)
    other = (one + rng.integers(1, len(vectors), size=PAIRS)) % len(vectors)  # never itself
    return np.einsum("ij,ij->i", vectors[one], vectors[other]).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spaces:
    """The shape of each model's space on the same texts."""

    live: Geometry
    candidate: Geometry
    root: Geometry | None  # of the model that the workspace began with; none where that is the live one, or is gone


def space(found: Spaces) -> Findings:
    """Bound the narrowing from one model to the next, and from the first to this one: small steps add up."""
    said = degenerate(found.candidate, found.live)
    beside = "the live model"
    if not said and found.root is not None:
        said, beside = degenerate(found.candidate, found.root), "the first model"
    good = (
        f"The vectors are spread as before: effective rank {found.live.rank:.0f} → {found.candidate.rank:.0f}, random "
        f"cosine {found.live.cosine:.2f} → {found.candidate.cosine:.2f}, hub share {found.live.hubs:.1%} → "
        f"{found.candidate.hubs:.1%}."
    )
    measures = tuple(
        ComparedMeasure(
            name=name, live=round(getattr(found.live, field), 4), candidate=round(getattr(found.candidate, field), 4)
        )
        for name, field in (
            ("effective rank", "rank"),
            ("uniformity", "uniformity"),
            ("random cosine", "cosine"),
            ("hub share", "hubs"),
        )
    )
    says = f"Compared with {beside}: {said}" if said else good
    return Findings(checks=(Check(name="geometry", passed=not said, says=says),), measures=measures)


def measure_spaces(
    workspace: Workspace, live: Encoder, candidate: Encoder, questions: Sequence[str], rules: GateRules
) -> Spaces:
    """Measure on a sample of the library, whose vectors the cache has of both, and on the held-out questions."""
    texts = [text_of(item) for item in Library(workspace.database).sample(rules.passages)]
    cache = VectorCache(workspace.vectors)

    def measured(encoder: Encoder) -> Geometry:
        asked = encoder.encode_queries(questions) if questions else None
        return measure_geometry(encode_cached(encoder, cache, texts), asked)

    try:
        root = _root(workspace, live)
        return Spaces(
            live=measured(live),
            candidate=measured(candidate),
            root=None if root is None else measured(root),
        )
    finally:
        cache.close()


def _root(workspace: Workspace, live: Encoder) -> Encoder | None:
    settings = workspace.settings.encoder
    try:
        root = Encoders(workspace).open(settings.model, settings.truncate_dim)
    except HoneError:
        return None  # its folder may be long gone, and the live model has passed this gate beside it
    return None if root.card.hash == live.card.hash else root
