"""Generations that are built for an evaluation alone: beside the live one, and dropped once no run needs them."""

import logging
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager

from eval.pinned import names_of, require_known
from eval.runs import code_version, list_runs
from hone.errors import HoneError
from hone.progress import Progress
from hone.registry import Model
from hone.workspace import Workspace
from retriever.indexing.beside import build_beside
from retriever.indexing.encoders import Encoders
from retriever.indexing.keeping import drop
from retriever.library.library import Library

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
