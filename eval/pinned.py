"""The generations that are measured: chosen by name, pinned whatever the pointer names, or built for that alone."""

import logging
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager

from eval.runs import code_version, list_runs
from hone.errors import HoneError, UsageError
from hone.progress import Progress
from hone.registry import Generation, Model
from hone.workspace import Workspace
from retriever.encoding.batching import BatchingEncoder
from retriever.indexing.beside import build_beside
from retriever.indexing.damage import damage_of
from retriever.indexing.encoders import Encoders
from retriever.indexing.keeping import drop, require_live
from retriever.library.library import Library
from retriever.searching.live import OpenIndex, PinnedIndex
from retriever.searching.searcher import Searcher
from retriever.storing import engine_for


def open_generation(workspace: Workspace, generation: Generation) -> OpenIndex:
    """Open a generation with its encoder, unless it is damaged."""
    engine = engine_for(workspace)
    if damage := damage_of(engine, workspace, generation):
        raise HoneError(f"Generation {generation.id} is damaged: {damage}.", hint="Rebuild it: hone index rebuild")
    encoder = BatchingEncoder(Encoders(workspace).encoder(generation.model))
    return OpenIndex(generation=generation, encoder=encoder, store=engine.open(generation.id), notices=())


class Pinned(PinnedIndex):
    """Lends one generation and never another."""

    def __init__(self, workspace: Workspace, generation: Generation) -> None:
        super().__init__(workspace, open_generation(workspace, generation))

    def close(self) -> None:
        """Let go of it."""
        self._held.store.close()
        self._held.encoder.close()


def open_pinned(workspace: Workspace, generation: Generation, *, memory: bool = False) -> Searcher:
    """Open the deployed search on one generation, without its memory: what is measured must not be answered from it."""
    searcher = Searcher(workspace)
    searcher.memory = searcher.memory if memory else None
    searcher.live = Pinned(workspace, generation)
    return searcher


def generations_of(workspace: Workspace, wanted: Sequence[str]) -> list[Generation]:
    """Return the live generation and those that are named: by id, or the newest of a model by any of its names."""
    live = require_live(workspace)
    found = {live.id: live}
    every = workspace.registry.generations()
    for name in wanted:
        fits = [item for item in every if name in (item.id, *names_of(item.model))]
        if not fits:
            raise _unknown(workspace, name)
        found.setdefault(fits[0].id, fits[0])
    return list(found.values())


def require_known(workspace: Workspace, wanted: Sequence[str]) -> None:
    """Refuse what is neither a generation nor a registered model."""
    known = {name for item in workspace.registry.models() for name in names_of(item)}
    known |= {item.id for item in workspace.registry.generations()}
    for name in wanted:
        if name not in known:
            raise _unknown(workspace, name)


def names_of(model: Model) -> tuple[str, str, str]:
    """List what a person may call a model: its id, its name alone, its location."""
    return model.id, model.id.partition("@")[0], model.location


def _unknown(workspace: Workspace, name: str) -> UsageError:
    generations = ", ".join(item.id for item in workspace.registry.generations())
    models = ", ".join(item.id for item in workspace.registry.models())
    return UsageError(
        f"No generation and no registered model is named {name!r}; there are {generations} and the models {models}.",
        hint=f"To compare any other model without an index: hone evaluate models {name} --questions QUESTIONS",
    )


log = logging.getLogger(__name__)

WHAT = "hone evaluate retrieval"
PATIENCE = 600.0  # seconds that a build and a dropping wait for their turn
BUILT = "built_for_it"  # the setting of a run that names them: whoever goes on with it knows what to drop afterwards


@contextmanager
def built_for(
    workspace: Workspace, wanted: Sequence[str], shown: Callable[[], AbstractContextManager[Progress]]
) -> Generator[frozenset[str]]:
    """Build what registered models lack, lend the ids of what was built for an evaluation, and drop it afterwards.

    What an interrupted run was scored with stays, since only the same generation can go on with it.
    """
    built = {name for run in list_runs(workspace.home) for name in run.settings().get(BUILT, ())}
    try:
        lacking = _lacking(workspace, wanted, built)
        if lacking:
            with shown() as progress:
                for model in lacking:
                    built.add(build_beside(workspace, model, progress, wait=PATIENCE, what=WHAT).id)
        yield frozenset(built)
    finally:
        _drop(workspace, built - _needed(workspace))


def _lacking(workspace: Workspace, wanted: Sequence[str], built: Collection[str]) -> list[Model]:
    """List the registered models that are named and have no generation to stay, each once; refuse those that are gone.

    What is left of an interrupted run is among them: it is brought level with the library if that has changed since.
    """
    require_known(workspace, wanted)
    every = [item for item in workspace.registry.generations() if item.id not in built]
    known, found = workspace.registry.models(), dict[str, Model]()
    for name in wanted:
        if any(name in (item.id, *names_of(item.model)) for item in every):
            continue
        for model in [item for item in known if name in names_of(item)][:1]:
            Encoders(workspace).require_there(model.location)
            found[model.id] = model
    return list(found.values())


def _needed(workspace: Workspace) -> set[str]:
    """List what was built for runs that were interrupted, and that can still go on: same code, same library."""
    code, revision, found = code_version(), Library(workspace.database).revision(), set[str]()
    for run in list_runs(workspace.home):
        settings = {} if run.finished else run.settings()
        if settings.get(BUILT) and settings["code"] == code and settings["library"]["revision"] == revision:
            found.update(settings[BUILT])
    return found


def _drop(workspace: Workspace, names: Collection[str]) -> None:
    """Drop what nothing was pointed to meanwhile; a result that is there already is not lost to a busy workspace."""
    if not any(item.id in names for item in workspace.registry.beside_live()):
        return
    try:
        with workspace.writing(WHAT, wait=PATIENCE):
            drop(workspace, [item for item in workspace.registry.beside_live() if item.id in names])
    except HoneError as error:
        log.warning(
            "Couldn't delete the index built for this run; delete it with `hone index prune`: %s", error.message
        )
