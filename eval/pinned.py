"""A searcher on one generation, whatever the pointer names: what is being measured must not change on the way."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from hone.errors import HoneError, UsageError
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.indexing.damage import damage_of
from retriever.indexing.encoders import Encoders
from retriever.indexing.engines import engine_for
from retriever.searching.live import Live, Opened
from retriever.searching.searcher import Searcher


class Pinned(Live):
    """Lends one generation and never another."""

    def __init__(self, workspace: Workspace, generation: Generation) -> None:
        super().__init__(workspace)
        engine = engine_for(workspace)
        if damage := damage_of(engine, workspace, generation):
            raise HoneError(f"Generation {generation.id} is damaged: {damage}.", hint="Build anew: hone index rebuild")
        encoder = Encoders(workspace).encoder(generation.model)
        self._pinned = Opened(generation=generation, encoder=encoder, store=engine.open(generation.id), notices=())

    @contextmanager
    def current(self) -> Generator[Opened]:
        """Lend the generation that this was made for."""
        yield self._pinned

    def close(self) -> None:
        """Let go of it."""
        self._pinned.store.close()


def open_pinned(workspace: Workspace, generation: Generation) -> Searcher:
    """Open the deployed search on one generation."""
    searcher = Searcher(workspace)
    searcher.live = Pinned(workspace, generation)
    return searcher


def generations_of(workspace: Workspace, wanted: Sequence[str]) -> list[Generation]:
    """Give the live generation and those that are named: by id, or the newest of a model by its id or location."""
    live = workspace.registry.live()
    if live is None:
        raise HoneError("Nothing is indexed yet.", hint="Add documents: hone documents add FOLDER --group everyone")
    found = {live.id: live}
    every = workspace.registry.generations()
    for name in wanted:
        fits = [item for item in every if name in (item.id, item.model.id, item.model.location)]
        if not fits:
            known = ", ".join(f"{item.id} ({item.model.id})" for item in every)
            raise UsageError(
                f"No generation was built with {name!r}; there are {known}.",
                hint=f"Build one: hone index rebuild --encoder {name}. The one before it stays for comparison.",
            )
        found.setdefault(fits[0].id, fits[0])
    return list(found.values())
