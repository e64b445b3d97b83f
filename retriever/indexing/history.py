"""What was live before, as the pointer's moves show: what a rollback goes back to, and what answers in an emergency."""

from collections.abc import Sequence

from hone.registry import Generation, Move

ROLLBACK = "rollback"  # why the pointer moved, when it went back


def way_back(moves: Sequence[Move]) -> list[str]:
    """List the models that led to the live one, which is the last; one that was gone back from is not among them."""
    way: list[str] = []
    for move in moves:
        model = move.generation.model.id
        if move.why == ROLLBACK:
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
