"""Whether a generation is what its manifest says."""

from hone.registry import Generation
from hone.workspace import Workspace
from retriever.storing.manifest import read_manifest, verify
from retriever.storing.store import Engine

GONE = "it is missing"
SHOWN = 3  # damaged files named in one line


def damage_of(engine: Engine, workspace: Workspace, generation: Generation, *, contents: bool = True) -> str:
    """Say what is wrong with a generation; nothing when it is good.

    Without contents only what can be seen in milliseconds is looked at, however large it is.
    """
    if not engine.exists(generation.id):
        return GONE
    if generation.engine == "server":
        return _missing_points(engine, generation)
    damaged = [str(damage) for damage in verify(workspace.index / generation.id, contents=contents)]
    if damaged:
        return ", ".join(damaged[:SHOWN]) + (f" and {len(damaged) - SHOWN} more" if len(damaged) > SHOWN else "")
    manifest = read_manifest(workspace.index / generation.id)
    if manifest.encoder != generation.model.card:
        return (
            f"its manifest names encoder {manifest.encoder.hash[:12]}, the registry {generation.model.card.hash[:12]}"
        )
    return ""


def _missing_points(engine: Engine, generation: Generation) -> str:
    store = engine.open(generation.id)
    try:
        points = store.facts().points
    finally:
        store.close()
    return (
        "" if points == generation.passages else f"it holds {points:,} points, and should hold {generation.passages:,}"
    )
