"""Generations over time: bring the live one up to date, build anew, go back, prune."""

from dataclasses import dataclass
from itertools import islice

from hone.registry import Generation, Model
from hone.workspace import Workspace
from retriever.encoding.vectorcache import VectorCache, encode_cached, hash_text
from retriever.indexing.build import Order, build
from retriever.indexing.damage import damage_of
from retriever.indexing.encoders import Encoders
from retriever.indexing.engines import engine_for
from retriever.indexing.points import text_of
from retriever.indexing.worker import build_apart
from retriever.library.library import Library
from retriever.progress import Progress
from retriever.storing.copying import remove_tree

ENCODED_AT_ONCE = 8192  # passages sorted by length together; more would only cost memory
LEFT_BEHIND = ("g[0-9]*", ".g*.copying", ".g*.dropped")  # folders of the index that a kill can leave
KEPT = 2  # generations that a sync leaves: the live one, and one to fall back to


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A generation, and what is wrong with it if anything is."""

    generation: Generation
    damage: str


def bring_up_to_date(workspace: Workspace, encoders: Encoders, progress: Progress) -> Generation | None:
    """Build what the library has and the live generation has not; does nothing when there is nothing to do."""
    live, revision = workspace.registry.live(), Library(workspace.database).revision()
    engine = engine_for(workspace)
    sweep(workspace)
    if live is None:
        return _build(workspace, encoders, encoders.serving(), None, progress, "first index") if revision else None
    base = None if damage_of(engine, workspace, live) else live
    if base is not None and base.library_revision == revision:
        return live
    return _build(workspace, encoders, live.model, base, progress, "sync")


def rebuild(workspace: Workspace, progress: Progress, *, encoder: str | None = None) -> Generation:
    """Build everything anew from the library, with another encoder if one is named."""
    encoders = Encoders(workspace)
    model = encoders.register(encoder) if encoder else encoders.serving()
    sweep(workspace)
    return _build(workspace, encoders, model, None, progress, "rebuild")


def prune(workspace: Workspace, keep: int) -> list[str]:
    """Drop the oldest generations; never the live one."""
    registry, engine = workspace.registry, engine_for(workspace)
    live = registry.live()
    others = [item for item in registry.generations() if live is None or item.id != live.id]
    good = [item for item in others if item.state == "ready"]
    dropped = [item for item in others if item not in good[: max(0, keep - 1)]]
    for item in dropped:
        registry.forget(item.id)
        if engine.exists(item.id):
            engine.drop(item.id)
    return [item.id for item in dropped]


def sweep(workspace: Workspace) -> None:
    """Remove what builds and prunings that were killed have left; for whoever holds the writers' lock."""
    if workspace.settings.store.engine != "embedded" or not workspace.index.is_dir():
        return
    known = {item.id for item in workspace.registry.generations()}
    for folder in (folder for pattern in LEFT_BEHIND for folder in workspace.index.glob(pattern)):
        if folder.name not in known:
            remove_tree(folder)


def verify_all(workspace: Workspace) -> list[Verdict]:
    """Check every generation against its manifest, and write down what was found."""
    engine, found = engine_for(workspace), list[Verdict]()
    for generation in workspace.registry.generations():
        damage = damage_of(engine, workspace, generation)
        if damage and generation.id not in {item.id for item in workspace.registry.generations()}:
            continue  # a sync has pruned it meanwhile
        workspace.registry.mark(generation.id, "damaged" if damage else "ready")
        found.append(Verdict(generation=generation, damage=damage))
    return found


def _build(
    workspace: Workspace, encoders: Encoders, model: Model, base: Generation | None, progress: Progress, why: str
) -> Generation:
    embedded = workspace.settings.store.engine == "embedded"
    order = Order(
        settings=workspace.settings,
        generation=workspace.registry.next_generation() if embedded or base is None else base.id,
        model=model,
        base=base,
        revision=Library(workspace.database).revision(),
    )
    total = Library(workspace.database).count_changed(order.since)
    progress.stage("encoding", total)
    _encode(workspace, encoders, order, progress)
    progress.stage("indexing", total)
    generation = build_apart(order, progress) if embedded else build(order, progress)
    workspace.registry.go_live(generation, why)
    prune(workspace, KEPT)
    return generation


def _encode(workspace: Workspace, encoders: Encoders, order: Order, progress: Progress) -> None:
    """Put the vectors of everything that changed into the cache; the encoder is only loaded when one is missing."""
    cache = VectorCache(workspace.vectors)
    try:
        changed = Library(workspace.database).changed(order.since)
        while part := [text_of(placed) for placed in islice(changed, ENCODED_AT_ONCE)]:
            found = cache.get(order.model.card.hash, [hash_text(text) for text in part])
            missing = [text for text, vector in zip(part, found, strict=True) if vector is None]
            progress.advance(len(part) - len(missing))
            if missing:
                missing.sort(key=len)  # so that the batches of one slice are alike
                encode_cached(encoders.encoder(order.model), cache, missing, progress.advance)
    finally:
        cache.close()
