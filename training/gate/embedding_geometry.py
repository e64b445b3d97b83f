"""Whether the candidate's space is still one, beside the live model's and beside the one that both come from."""

from collections.abc import Sequence
from dataclasses import dataclass

from hone.errors import HoneError
from hone.workspace import Workspace
from retriever.encoding.encoder import Encoder
from retriever.encoding.vectorcache import VectorCache, encode_cached
from retriever.indexing.build import text_of
from retriever.indexing.encoders import Encoders
from retriever.library.library import Library
from training.gate.geometry import Geometry, degenerate, measure_geometry
from training.gate.rules import GateRules
from training.gate.verdict import Check, ComparedMeasure, Findings


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
