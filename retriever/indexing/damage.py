"""Whether a generation is what its manifest says, and its encoder what it was built with."""

from hone.errors import HoneError
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.indexing.build import PROBES, point_of, probe, text_of
from retriever.indexing.encoders import Encoders
from retriever.library.library import Library
from retriever.storing import engine_for
from retriever.storing.manifest import read_manifest, verify
from retriever.storing.store import Engine

MISSING = "it is missing"
SHOWN = 3  # damaged files named in one line


def damage_of(engine: Engine, workspace: Workspace, generation: Generation, *, contents: bool = True) -> str:
    """Say what is wrong with a generation; nothing when it is good.

    Without contents only what can be seen in milliseconds is looked at, however large it is.
    """
    if not engine.exists(generation.id):
        return MISSING
    if generation.engine == "server":
        return _missing_points(engine, generation)
    damaged = [str(damage) for damage in verify(workspace.index / generation.id, contents=contents)]
    if damaged:
        return ", ".join(damaged[:SHOWN]) + (f" and {len(damaged) - SHOWN} more" if len(damaged) > SHOWN else "")
    manifest = read_manifest(workspace.index / generation.id)
    if manifest.encoder != generation.model.card:
        written, registered = manifest.encoder.hash[:12], generation.model.card.hash[:12]
        return f"its manifest says encoder {written}, but the registry says {registered}"
    return ""


def _missing_points(engine: Engine, generation: Generation) -> str:
    store = engine.open(generation.id)
    try:
        points = store.facts().points
    finally:
        store.close()
    return "" if points == generation.passages else f"it has {points:,} points instead of {generation.passages:,}"


def prove(workspace: Workspace, encoders: Encoders, generation: Generation) -> None:
    """Hash every file, load the encoder, and let passages that are encoded now find themselves in the index."""
    engine = engine_for(workspace)
    if damage := damage_of(engine, workspace, generation):
        workspace.registry.mark(generation.id, "damaged")
        raise HoneError(
            f"Generation {generation.id} is damaged: {damage}.", hint="Run this again; the index is then rebuilt."
        )
    placed = Library(workspace.database).sample(PROBES)
    texts = [text_of(item) for item in placed]
    vectors = encoders.encoder(generation.model).encode_passages(texts)
    probe(engine, generation.id, [point_of(*made) for made in zip(placed, texts, vectors, strict=True)])
