"""A candidate's generation: built and recorded beside the live one, so that both can be searched and compared."""

import time
from dataclasses import replace

from hone.progress import Progress
from hone.registry import Generation, Model
from hone.workspace import Workspace
from retriever.indexing.damage import damage_of
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import encode_missing, make, sweep
from retriever.indexing.keeping import drop
from retriever.library.library import BEFORE_ANY, Library
from retriever.storing import engine_for
from retriever.storing.manifest import link_generation


def build_beside(
    workspace: Workspace,
    model: Model,
    progress: Progress,
    *,
    wait: float | None = None,
    what: str = "hone models retrain",
) -> Generation:
    """Build a candidate's generation and record it; the pointer stays where it is, and searches with it.

    Whoever holds the writers' lock leaves `wait` out. With `wait`, in seconds, it is taken here, and only once
    everything is encoded, so that syncs are not held up by that.
    """
    encoders = Encoders(workspace)
    if wait is None:
        return _recorded(workspace, encoders, model, progress)
    if not _has_vectors(workspace, model):
        encode_missing(workspace, encoders, model, BEFORE_ANY, progress)
    with workspace.writing(what, wait=wait):
        return _recorded(workspace, encoders, model, progress)


def bring_level(workspace: Workspace, encoders: Encoders, generation: Generation, progress: Progress) -> Generation:
    """Build what the library has and a generation that is not live has not; the pointer stays where it is."""
    if generation.library_revision == Library(workspace.database).revision():
        return generation
    return make(workspace, encoders, generation.model, generation, progress)


def find_good(workspace: Workspace, model: Model) -> Generation | None:
    """Find the newest generation of a model that is not damaged."""
    engine = engine_for(workspace)
    for item in workspace.registry.generations():
        if item.model.id == model.id and not damage_of(engine, workspace, item):
            return item
    return None


def _recorded(workspace: Workspace, encoders: Encoders, model: Model, progress: Progress) -> Generation:
    sweep(workspace)
    registry, found = workspace.registry, find_good(workspace, model)
    live = registry.live()
    if found is not None and live is not None and found.id == live.id:
        return found
    built = bring_level(workspace, encoders, found, progress) if found else _new(workspace, encoders, model, progress)
    registry.record(built)
    if found is not None and found.id != built.id:
        drop(workspace, [item for item in registry.beside_live() if item.id == found.id])
    return built


def _new(workspace: Workspace, encoders: Encoders, model: Model, progress: Progress) -> Generation:
    live = workspace.registry.live()
    same = live is not None and live.model.card.hash == model.card.hash
    if (
        live is None
        or not same
        or live.library_revision == BEFORE_ANY
        or damage_of(engine_for(workspace), workspace, live)
    ):
        return make(workspace, encoders, model, None, progress)
    if live.engine == "server":
        return make(workspace, encoders, model, live, progress)
    progress.stage("copying", None)
    name = workspace.registry.next_generation()
    link_generation(workspace.index, live.id, name, model.card)
    return replace(live, id=name, model=model, state="ready", built=time.time())


def _has_vectors(workspace: Workspace, model: Model) -> bool:
    """Check whether the model only changes the fusion weights."""
    return any(item.model.card.hash == model.card.hash for item in workspace.registry.generations())
