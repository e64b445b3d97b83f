"""A searcher on one generation, whatever the pointer names: what is being measured must not change on the way."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from hone.errors import HoneError, UsageError
from hone.registry import Generation, Model
from hone.workspace import Workspace
from retriever.encoding.batching import BatchingEncoder
from retriever.indexing.damage import damage_of
from retriever.indexing.encoders import Encoders
from retriever.searching.live import LiveIndex, OpenIndex
from retriever.searching.searcher import Searcher
from retriever.storing import engine_for


class Pinned(LiveIndex):
    """Lends one generation and never another."""

    def __init__(self, workspace: Workspace, generation: Generation) -> None:
        super().__init__(workspace)
        engine = engine_for(workspace)
        if damage := damage_of(engine, workspace, generation):
            raise HoneError(f"Generation {generation.id} is damaged: {damage}.", hint="Rebuild it: hone index rebuild")
        encoder = BatchingEncoder(Encoders(workspace).encoder(generation.model))
        self._pinned = OpenIndex(generation=generation, encoder=encoder, store=engine.open(generation.id), notices=())

    @contextmanager
    def current(self) -> Generator[OpenIndex]:
        """Lend the generation that this was made for."""
        yield self._pinned

    def close(self) -> None:
        """Let go of it."""
        self._pinned.store.close()
        self._pinned.encoder.close()


def open_pinned(workspace: Workspace, generation: Generation) -> Searcher:
    """Open the deployed search on one generation."""
    searcher = Searcher(workspace)
    searcher.live = Pinned(workspace, generation)
    return searcher


def generations_of(workspace: Workspace, wanted: Sequence[str]) -> list[Generation]:
    """Return the live generation and those that are named: by id, or the newest of a model by any of its names."""
    live = workspace.registry.live()
    if live is None:
        raise HoneError("Nothing is indexed yet.", hint="Add documents: hone documents add FOLDER --group everyone")
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
