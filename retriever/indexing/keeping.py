"""Which generations stay."""

from collections.abc import Iterable

from hone.registry import Generation
from hone.workspace import Workspace
from retriever.indexing.engines import engine_for
from retriever.indexing.history import before, behind


def tidy(workspace: Workspace) -> list[str]:
    """Drop what nothing needs, after the pointer has moved; for whoever holds the writers' lock.

    These stay: what is live; one good generation to fall back to should it be damaged, of the same model if there is
    one; the newest good generation of the model before, which a rollback goes back to; and candidates' generations
    that were recorded beside the model that is live now, since their verdicts are held against it and may still be
    open. Candidates recorded beside another model can no longer be promoted, and go with all else. A refused
    candidate's goes when it is refused.
    """
    registry = workspace.registry
    moves = registry.moves()
    stays = {item.id for item in (*_good(behind(moves))[:1], *_good(before(moves))[:1], *_good(registry.beside_live()))}
    stays |= {move.generation.id for move in moves[-1:]}
    return drop(workspace, (item for item in registry.generations() if item.id not in stays))


def prune(workspace: Workspace, keep: int) -> list[str]:
    """Drop all but `keep` generations, and every damaged one, because an admin says so.

    The live one is kept first, then what a rollback goes back to, what else could answer, and candidates. What is
    dropped can be built again from the library and the vector cache; only going back is not possible meanwhile.
    """
    moves, everything = workspace.registry.moves(), workspace.registry.generations()
    live = [move.generation for move in moves[-1:]]
    order = [*live, *_good([*before(moves)[:1], *behind(moves), *everything])]
    stays = list(dict.fromkeys(item.id for item in order))[: max(1, keep)]
    return drop(workspace, (item for item in everything if item.id not in stays))


def drop(workspace: Workspace, generations: Iterable[Generation]) -> list[str]:
    """Take generations out of the registry, and then from the disk or the server; never what is live."""
    engine, dropped = engine_for(workspace), list[str]()
    for item in generations:
        if workspace.registry.forget(item.id):
            dropped.append(item.id)
            if engine.exists(item.id):
                engine.drop(item.id)
    return dropped


def _good(generations: Iterable[Generation]) -> list[Generation]:
    return [item for item in generations if item.state == "ready"]
