"""Which generations were live before, as the pointer's moves show, and which of them stay."""

from collections.abc import Iterable, Sequence

from hone.errors import HoneError
from hone.registry import Generation, Move
from hone.workspace import Workspace
from retriever.storing import engine_for

NOT_INDEXED = "Nothing is indexed yet."


def require_live(workspace: Workspace) -> Generation:
    """Return the generation that the pointer names, or say how to get one."""
    live = workspace.registry.live()
    if live is None:
        raise HoneError(NOT_INDEXED, hint="Add documents: hone documents add FOLDER --group everyone")
    return live


def way_back(moves: Sequence[Move]) -> list[str]:
    """List the models that led to the live one, which is the last; one that was gone back from is not among them."""
    way: list[str] = []
    for move in moves:
        model = move.generation.model.id
        if move.kind == "rollback":
            way = way[: len(way) - way[::-1].index(model)] if model in way else [model]
        elif not way or way[-1] != model:
            way.append(model)
    return way


def before(moves: Sequence[Move]) -> list[Generation]:
    """List the generations of the model that was live before the present one, newest first."""
    way = way_back(moves)
    return _of(way[-2], moves) if len(way) > 1 else []


def behind(moves: Sequence[Move]) -> list[Generation]:
    """List what may answer should the live generation be damaged, best first: of its model, then of those before it.

    What was never live has not proved itself, and what was gone back from was not wanted.
    """
    models = dict.fromkeys(reversed(way_back(moves)))
    return [item for model in models for item in _of(model, moves) if item.id != moves[-1].generation.id]


def _of(model: str, moves: Sequence[Move]) -> list[Generation]:
    found = {move.generation.id: move.generation for move in moves if move.generation.model.id == model}
    return [found[name] for name in sorted(found, reverse=True)]


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
