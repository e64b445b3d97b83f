"""What is live, held open: encoder and store of one generation, exchanged without a gap when the pointer moves."""

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from hone.errors import HoneError
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.encoding.batching import BatchingEncoder
from retriever.encoding.encoder import Encoder
from retriever.indexing.damage import damage_of
from retriever.indexing.encoders import Encoders
from retriever.indexing.engines import engine_for
from retriever.indexing.history import behind
from retriever.storing.store import Store

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False)
class Opened:
    """One generation with its encoder, and how many searches are on it; the last one closes what the pointer left."""

    generation: Generation
    encoder: BatchingEncoder
    store: Store
    notices: tuple[str, ...]
    searches: int = 0


class Live:
    """Hands out what the pointer names; a search keeps what it was given until it ends, so none mixes generations."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._encoders = Encoders(workspace)
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._opened: Opened | None = None
        self._left: list[Opened] = []  # searches are still on them
        self._move = 0

    @contextmanager
    def current(self) -> Generator[Opened]:
        """Lend the live generation for one search."""
        opened = self._enter()
        try:
            yield opened
        finally:
            self._leave(opened)

    def close(self) -> None:
        """Let go of what is open, as soon as the last search on it ends."""
        with self._lock:
            self._retire()

    def _enter(self) -> Opened:
        move = self._workspace.registry.move()
        with self._lock:
            if self._opened is not None and self._move >= move:
                self._opened.searches += 1
                return self._opened
        with self._opening:  # one thread opens; the others' searches wait for it rather than open too
            with self._lock:
                held = self._opened if self._move >= move else None
                if held is not None:
                    held.searches += 1
            return held or self._exchange()

    def _exchange(self) -> Opened:
        before = self._opened
        while True:
            move = self._workspace.registry.move()
            try:
                opened = _open_good(self._workspace, self._encoders, before)
                break
            except HoneError:
                if self._workspace.registry.move() == move:
                    raise  # otherwise what was live has been pruned meanwhile, and something else is live
        with self._lock:
            self._retire(opened)
            self._move = move
            opened.searches += 1
        if before is not None:
            log.info("generation %s took over from %s", opened.generation.id, before.generation.id)
        return opened

    def _leave(self, opened: Opened) -> None:
        with self._lock:
            opened.searches -= 1
            if opened.searches == 0 and opened in self._left:
                self._left.remove(opened)
                self._shut(opened)

    def _retire(self, successor: Opened | None = None) -> None:
        opened, self._opened = self._opened, successor
        if opened is None:
            return
        if opened.searches > 0:
            self._left.append(opened)
        else:
            self._shut(opened)

    def _shut(self, opened: Opened) -> None:
        """Let go of a generation, and of its encoder where no other has it: each is 90 MB and more."""
        opened.store.close()
        if all(other.encoder is not opened.encoder for other in (self._opened, *self._left) if other is not None):
            opened.encoder.close()


class Held(Live):
    """Lends one generation again and again, to somebody who holds it meanwhile."""

    def __init__(self, workspace: Workspace, opened: Opened) -> None:
        super().__init__(workspace)
        self._held = opened

    @contextmanager
    def current(self) -> Generator[Opened]:
        """Lend what is held."""
        yield self._held


def _open_good(workspace: Workspace, encoders: Encoders, before: Opened | None) -> Opened:
    """Open what is live; where it is damaged, the best generation behind it that is not."""
    registry, engine = workspace.registry, engine_for(workspace)
    live = registry.live()
    if live is None:
        raise HoneError("Nothing is indexed yet.", hint="Add documents: hone documents add FOLDER --group everyone")
    notices: list[str] = []
    for generation in [live, *behind(registry.moves())]:
        damage = damage_of(engine, workspace, generation)
        if not damage:
            if notices:
                notices.append(f"Answers come from {generation.id}, built {_day(generation)}. → hone index rebuild")
            encoder = _batching(encoders.encoder(generation.model), before)
            store = engine.open(generation.id)
            return Opened(generation=generation, encoder=encoder, store=store, notices=tuple(notices))
        if generation.id == live.id:
            notices.append(f"The live index {generation.id} is damaged: {damage}.")
            log.error("generation %s is damaged: %s", generation.id, damage)
        registry.mark(generation.id, "damaged")
    raise HoneError(
        f"The live index {live.id} is damaged, and no earlier one is good.",
        hint="Build it anew from the library: hone index rebuild",
    )


def _batching(encoder: Encoder, before: Opened | None) -> BatchingEncoder:
    """Let concurrent questions share batches; the queue goes on when the encoder stays."""
    if before is not None and before.encoder.card.hash == encoder.card.hash:
        return before.encoder
    return BatchingEncoder(encoder)


def _day(generation: Generation) -> str:
    return f"{datetime.fromtimestamp(generation.built, UTC):%Y-%m-%d %H:%M} UTC"
