"""One answer under way: it keeps its events, so that whoever looks away can come back to them."""

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import AsyncGenerator, Generator

from agents.events import Answered, Event
from agents.records import Answer
from hone.errors import HoneError
from hone.records import Asker

log = logging.getLogger(__name__)

NAP = 0.5  # seconds after which a thread that waits looks again: a page's script is ended between two of them


class Run:
    """One ask, from its start to its last event."""

    def __init__(self, asker: Asker, question: str, thread: str, *, begins: bool) -> None:
        self.id = uuid.uuid4().hex
        self.asker, self.question, self.thread = asker, question, thread
        self.begins = begins  # the conversation has its name from here, and is begun where it does not exist
        self.began = time.time()
        self.events: list[Event] = []
        self.error: HoneError | None = None
        self.stopped = False
        self.ended = False
        self._changed = threading.Condition()
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.task: asyncio.Task[None] | None = None

    @property
    def answer(self) -> Answer | None:
        """The answer, once it stands."""
        last = self.events[-1] if self.events else None
        return last.answer if isinstance(last, Answered) else None

    def tail(self, after: int = 0) -> Generator[Event]:
        """Yield every event from the start or from one on, waiting for those to come; for threads."""
        while True:
            found = self.wait(after)
            yield from found
            after += len(found)
            if self.ended and len(self.events) <= after:
                return

    def wait(self, after: int, seconds: float = NAP) -> list[Event]:
        """Return the events from one on, waiting no longer than this for the first of them; for threads."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.events) > after or self.ended, seconds)
            return self.events[after:]

    async def follow(self, after: int = 0) -> AsyncGenerator[Event]:
        """Yield every event from the start or from one on, waiting for those to come; for any event loop."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        listener = (loop, woken)
        with self._changed:
            self._listeners.add(listener)
        try:
            while True:
                woken.clear()
                ended, found = self.ended, self.events[after:]
                for event in found:
                    yield event
                after += len(found)
                if ended and not found:
                    return
                if not found:
                    await woken.wait()
        finally:
            with self._changed:
                self._listeners.discard(listener)

    def stop(self) -> None:
        """Stop answering; what was logged until now stays. The run ends once it has tidied up."""
        if self.ended or self.stopped:
            return  # stopped twice, it would be torn out of tidying up
        self.stopped = True
        if self.task is not None:
            self.task.get_loop().call_soon_threadsafe(self.task.cancel)

    def tell(self, event: Event) -> None:
        """Add an event."""
        self._change(event)

    def end(self, error: HoneError | None = None) -> None:
        """Say that nothing more will come."""
        self.error = error
        self._change(None)

    def _change(self, event: Event | None) -> None:
        with self._changed:
            if event is None:
                self.ended = True
            else:
                self.events.append(event)
            self._changed.notify_all()
            listeners = list(self._listeners)
        for loop, woken in listeners:
            try:
                loop.call_soon_threadsafe(woken.set)
            except RuntimeError:  # that loop is gone, and whoever listened with it
                log.debug("a listener disconnected")
