"""What is live, held open: encoder and store of one generation, exchanged without a gap when the pointer moves."""

import logging
import threading
import time
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
from retriever.indexing.keeping import behind, require_live
from retriever.storing import engine_for
from retriever.storing.store import Store

log = logging.getLogger(__name__)

WARM = "warm"  # a question that lets an encoder make what it makes at its first one
AGAIN = 60.0  # seconds until an encoder that could not be loaded is tried again


@dataclass(slots=True, kw_only=True, eq=False)
class OpenIndex:
    """One generation with its encoder, and how many searches are on it; the last one closes what the pointer left."""

    generation: Generation
    encoder: BatchingEncoder
    store: Store
    notices: tuple[str, ...]
    searches: int = 0


class LiveIndex:
    """Hands out what the pointer names; a search keeps what it was given until it ends, so none mixes generations.

    A generation of the same encoder is opened by the first search after the pointer has moved. Another encoder takes
    seconds to load: a thread does that, and searches stay on what is open until it is ready.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._encoders = Encoders(workspace)
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._opened: OpenIndex | None = None
        self._left: list[OpenIndex] = []  # searches are still on them
        self._move = 0
        self._loading: threading.Thread | None = None
        self._failed = 0  # the move whose encoder could not be loaded
        self._again = 0.0  # when that is tried again

    @contextmanager
    def current(self) -> Generator[OpenIndex]:
        """Lend the live generation for one search."""
        opened = self._enter()
        try:
            yield opened
        finally:
            self._leave(opened)

    def close(self) -> None:
        """Let go of what is open, as soon as the last search on it ends."""
        with self._lock:
            self._loading = None  # what it loads is let go of when it is there
            self._retire()

    def _enter(self) -> OpenIndex:
        move = self._workspace.registry.move()
        if held := self._lend(move):
            return held
        with self._opening:  # one thread opens; the others' searches wait for it rather than open too
            if held := self._lend(move):
                return held
            if self._opened is None or not self._needs_loading(self._opened):
                return self._exchange()
            with self._lock:
                self._loading = threading.Thread(target=self._load, name="load-encoder", daemon=True)
                self._loading.start()
        return self._lend(move) or self._enter()

    def _lend(self, move: int) -> OpenIndex | None:
        """Lend what is open if it is what that move names, or if what that names can't be had yet."""
        with self._lock:
            waits = self._loading is not None or (move == self._failed and time.monotonic() < self._again)
            if self._opened is None or (self._move < move and not waits):
                return None
            self._opened.searches += 1
            return self._opened

    def _needs_loading(self, opened: OpenIndex) -> bool:
        live = self._workspace.registry.live()
        return live is not None and live.model.card.hash != opened.encoder.card.hash

    def _load(self) -> None:
        """Open what is live and put it in place of what is open, once its encoder has encoded something."""
        me, move = threading.current_thread(), -1
        try:
            while (move := self._workspace.registry.move()) > self._move and self._loading is me:
                opened = _open_good(self._workspace, self._encoders, self._opened)
                opened.encoder.encode_queries([WARM])
                if self._install(opened, move, me):
                    break
        except Exception as error:  # noqa: BLE001 - torch fails in as many ways as there are folders; what is open stays
            self._fail(error, move)
        finally:
            with self._lock:
                if self._loading is me:
                    self._loading = None

    def _install(self, opened: OpenIndex, move: int, loading: threading.Thread) -> bool:
        """Put what was loaded in place, unless the pointer has moved again or it isn't wanted any longer."""
        moved = self._workspace.registry.move() != move
        with self._lock:
            if moved or self._loading is not loading:
                self._shut(opened)
                return False
            before = self._opened
            self._retire(opened)
            self._move = move
        if before is not None:
            log.info("generation %s replaced %s", opened.generation.id, before.generation.id)
        return True

    def _fail(self, error: Exception, move: int) -> None:
        """Stay on what is open, say so with every search, and try again later."""
        problem = error.message if isinstance(error, HoneError) else f"{type(error).__name__}: {error}"
        log.error("the live model couldn't be loaded: %s", problem)
        with self._lock:
            self._failed, self._again = move, time.monotonic() + AGAIN
            if (opened := self._opened) is not None:
                notice = (
                    f"The live model couldn't be loaded ({problem}). Results still come from "
                    f"{opened.generation.model.id}. → hone models rollback"
                )
                opened.notices = tuple(dict.fromkeys((*opened.notices, notice)))

    def _exchange(self) -> OpenIndex:
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
            log.info("generation %s replaced %s", opened.generation.id, before.generation.id)
        return opened

    def _leave(self, opened: OpenIndex) -> None:
        with self._lock:
            opened.searches -= 1
            if opened.searches == 0 and opened in self._left:
                self._left.remove(opened)
                self._shut(opened)

    def _retire(self, successor: OpenIndex | None = None) -> None:
        opened, self._opened = self._opened, successor
        if opened is None:
            return
        if opened.searches > 0:
            self._left.append(opened)
        else:
            self._shut(opened)

    def _shut(self, opened: OpenIndex) -> None:
        """Let go of a generation, and of its encoder where no other has it: each is 90 MB and more."""
        opened.store.close()
        if all(other.encoder is not opened.encoder for other in (self._opened, *self._left) if other is not None):
            opened.encoder.close()


class PinnedIndex(LiveIndex):
    """Lends one generation again and again, to somebody who holds it meanwhile."""

    def __init__(self, workspace: Workspace, opened: OpenIndex) -> None:
        super().__init__(workspace)
        self._held = opened

    @contextmanager
    def current(self) -> Generator[OpenIndex]:
        """Lend what is held."""
        yield self._held


def _open_good(workspace: Workspace, encoders: Encoders, before: OpenIndex | None) -> OpenIndex:
    """Open what is live; where it is damaged, the best generation behind it that is not."""
    registry, engine = workspace.registry, engine_for(workspace)
    live = require_live(workspace)
    notices: list[str] = []
    for generation in [live, *behind(registry.moves())]:
        damage = damage_of(engine, workspace, generation)
        if not damage:
            if notices:
                notices.append(f"Answers come from {generation.id}, built {_day(generation)}. → hone index rebuild")
            encoder = _batching(encoders.encoder(generation.model), before)
            store = engine.open(generation.id)
            return OpenIndex(generation=generation, encoder=encoder, store=store, notices=tuple(notices))
        if generation.id == live.id:
            notices.append(f"The live index {generation.id} is damaged: {damage}.")
            log.error("generation %s is damaged: %s", generation.id, damage)
        registry.mark(generation.id, "damaged")
    raise HoneError(
        f"The live index {live.id} is damaged, and there is no intact earlier one.",
        hint="Rebuild it from the library: hone index rebuild",
    )


def _batching(encoder: Encoder, before: OpenIndex | None) -> BatchingEncoder:
    """Let concurrent questions share batches; the queue goes on when the encoder stays."""
    if before is not None and before.encoder.card.hash == encoder.card.hash:
        return before.encoder
    return BatchingEncoder(encoder)


def _day(generation: Generation) -> str:
    return f"{datetime.fromtimestamp(generation.built, UTC):%Y-%m-%d %H:%M} UTC"
