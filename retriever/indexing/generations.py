"""Generations over time: bring the live one up to date, rebuild, sweep, verify."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from hone.errors import HoneError
from hone.progress import Progress, Silent
from hone.registry import Generation, Model, MovedError
from hone.workspace import Workspace
from retriever.encoding.vectorcache import VectorCache, encode_cached, hash_text
from retriever.indexing.build import BuildOrder, build, text_of
from retriever.indexing.damage import damage_of
from retriever.indexing.encoders import Encoders
from retriever.indexing.keeping import drop, tidy
from retriever.indexing.worker import build_apart
from retriever.library.library import BEFORE_ANY, Library
from retriever.storing import engine_for
from retriever.storing.copying import remove_tree

log = logging.getLogger(__name__)

ENCODED_AT_ONCE = 8192  # passages sorted by length together; more would only cost memory
FIRST_AT_ONCE = 1024  # fewer at first, so that something can be searched soon
FIRST_PART = 20.0  # seconds of encoding after which what there is goes live
REBUILD = "rebuild"  # why the pointer moved, when everything was rebuilt
LEFT_BEHIND = ("g[0-9]*", ".g*.copying", ".g*.dropped")  # folders of the index that a kill can leave


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationCheck:
    """A generation, and what is wrong with it if anything is."""

    generation: Generation
    damage: str


def bring_up_to_date(workspace: Workspace, encoders: Encoders, progress: Progress) -> Generation | None:
    """Build what the library has and the live generation has not; does nothing when there is nothing to do.

    A rollback doesn't wait: if one happens while this builds, it begins again with the model that was gone back to.
    """
    while True:
        try:
            return _follow(workspace, encoders, progress)
        except MovedError as error:
            log.info("%s", error.message)


def rebuild(workspace: Workspace, progress: Progress, *, encoder: str | None = None) -> Generation:
    """Rebuild everything from the library, with another encoder if one is named."""
    encoders = Encoders(workspace)
    model = encoders.register(encoder) if encoder else encoders.serving()
    sweep(workspace)
    return _put_live(workspace, encoders, model, None, progress, REBUILD)


def make(
    workspace: Workspace,
    encoders: Encoders,
    model: Model,
    base: Generation | None,
    progress: Progress,
    after_each: Callable[[], None] | None = None,
) -> Generation:
    """Build a generation of all that the library holds now, from another one where there is one; it isn't put to use.

    A server's generation is brought up to date where it is; the embedded engine's never change once they are sealed.
    `after_each` is called whenever a slice has been encoded.
    """
    since = base.library_revision if base else BEFORE_ANY
    total = encode_missing(workspace, encoders, model, since, progress, after_each)
    progress.stage("indexing", total)
    return _build(workspace, model, base, progress)


def sweep(workspace: Workspace) -> None:
    """Remove what builds and prunings that were killed have left; for whoever holds the writers' lock."""
    if workspace.settings.store.engine != "embedded" or not workspace.index.is_dir():
        return
    known = {item.id for item in workspace.registry.generations()}
    for folder in (folder for pattern in LEFT_BEHIND for folder in workspace.index.glob(pattern)):
        if folder.name not in known:
            remove_tree(folder)


def verify_all(workspace: Workspace) -> list[GenerationCheck]:
    """Check every generation against its manifest, and write down what was found."""
    engine, found = engine_for(workspace), list[GenerationCheck]()
    for generation in workspace.registry.generations():
        damage = damage_of(engine, workspace, generation)
        if damage and generation.id not in {item.id for item in workspace.registry.generations()}:
            continue  # a sync has pruned it meanwhile
        with suppress(HoneError):  # on a full disk it is found all the same
            workspace.registry.mark(generation.id, "damaged" if damage else "ready")
        found.append(GenerationCheck(generation=generation, damage=damage))
    return found


def encode_missing(
    workspace: Workspace,
    encoders: Encoders,
    model: Model,
    since: int,
    progress: Progress,
    after_each: Callable[[], None] | None = None,
) -> int:
    """Put the vectors of everything that changed since a revision into the cache, and count those passages.

    Small documents come first: a few huge ones must not keep all others waiting. The encoder is only loaded when a
    vector is missing.
    """
    library, cache = Library(workspace.database), VectorCache(workspace.vectors)
    total = library.count_changed(since)
    progress.stage("encoding", total)
    try:
        changed, size, left = library.changed(since, small_first=True), FIRST_AT_ONCE, total
        while part := [text_of(placed) for placed in islice(changed, size)]:
            size, left = min(2 * size, ENCODED_AT_ONCE), left - len(part)
            found = cache.get(model.card.hash, [hash_text(text) for text in part])
            missing = [text for text, vector in zip(part, found, strict=True) if vector is None]
            progress.advance(len(part) - len(missing))
            if missing:
                missing.sort(key=len)  # so that the batches of one slice are alike
                encode_cached(encoders.encoder(model), cache, missing, progress.advance)
                if after_each is not None and left:
                    after_each()
    finally:
        cache.close()
    return total


def _follow(workspace: Workspace, encoders: Encoders, progress: Progress) -> Generation | None:
    live, revision = workspace.registry.live(), Library(workspace.database).revision()
    engine = engine_for(workspace)
    sweep(workspace)
    if live is None:
        return _put_live(workspace, encoders, encoders.serving(), None, progress, "first index") if revision else None
    base = None if live.library_revision == BEFORE_ANY or damage_of(engine, workspace, live) else live
    if base is not None and base.library_revision == revision:
        return live
    return _put_live(workspace, encoders, live.model, base, progress, "sync")


def _put_live(
    workspace: Workspace, encoders: Encoders, model: Model, base: Generation | None, progress: Progress, why: str
) -> Generation:
    growing = _Growing(workspace, model, base, why)
    grows = why != REBUILD and not _is_in_place(workspace, model, base)
    generation = make(workspace, encoders, model, base, progress, growing.publish_if_due if grows else None)
    workspace.registry.go_live(generation, why, since=growing.move)
    growing.end()
    tidy(workspace)
    return generation


def _is_in_place(workspace: Workspace, model: Model, base: Generation | None) -> bool:
    return workspace.settings.store.engine == "server" and base is not None and base.model.id == model.id


def _build(
    workspace: Workspace, model: Model, base: Generation | None, progress: Progress, *, partly: bool = False
) -> Generation:
    in_place = _is_in_place(workspace, model, base)
    order = BuildOrder(
        settings=workspace.settings,
        generation=base.id if in_place and base else workspace.registry.next_generation(),
        model=model,
        base=base,
        revision=Library(workspace.database).revision(),
        partly=partly,
    )
    return build_apart(order, progress) if workspace.settings.store.engine == "embedded" else build(order, progress)


class _Growing:
    """Puts what is encoded already live while the rest of a long sync is being encoded.

    Each part is a generation like any other, built from the same base and verified. What is there when a sync is killed
    stays live, and the next one builds everything again, from the vectors that were kept.
    """

    def __init__(self, workspace: Workspace, model: Model, base: Generation | None, why: str) -> None:
        self._workspace, self._model, self._base, self._why = workspace, model, base, why
        self._wait, self._since = FIRST_PART, time.monotonic()
        self._part: Generation | None = None
        self.move = workspace.registry.move()

    def publish_if_due(self) -> None:
        """Put a part live when it is time; the next takes twice as long, so that building stays the smaller share."""
        if time.monotonic() - self._since < self._wait:
            return
        part = _build(self._workspace, self._model, self._base, Silent(), partly=True)
        self._workspace.registry.go_live(part, f"{self._why}, in part", since=self.move)
        log.info("%s has %d passages; more are being encoded", part.id, part.passages)
        self.move = self._workspace.registry.move()
        self.end()
        self._part = part
        self._wait, self._since = 2 * self._wait, time.monotonic()

    def end(self) -> None:
        """Drop the part that something fuller has taken over from."""
        if self._part is not None:
            drop(self._workspace, [self._part])
