"""The answers under way: they run on the server, so that no page has to stay for them."""

import asyncio
import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing

from agents.assistant import Assistant
from agents.events import Answered, Event
from agents.memory import new_thread
from agents.records import Answer
from hone.errors import HoneError, MissingError
from hone.records import Asker
from service.limits import Places

log = logging.getLogger(__name__)

NAP = 0.5  # seconds after which a thread that waits looks again: a page's script is ended between two of them
KEPT = 64  # ended runs that a page may still come back to, some 100 kB each; older ones are in the log


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


class Runs:
    """Starts answers on an event loop of its own, and finds them again."""

    def __init__(self, assistant: Assistant, places: Places) -> None:
        self._assistant, self._places = assistant, places
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="answers", daemon=True)
        self._thread.start()
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, question: str, asker: Asker, thread: str = "") -> Run:
        """Begin to answer; raises when all places are taken."""
        self._places.take(asker.name)
        try:
            before = self.of_thread(thread, asker) if thread else None
            # A name that was given here to this asker stays good, even if the conversation could not be kept.
            begins = not thread or (before is not None and before.begins)
            run = Run(asker, question, thread or new_thread(), begins=begins)
            with self._lock:
                self._runs[run.id] = run
                self._forget_old()
            self._loop.call_soon_threadsafe(self._begin, run)
        except BaseException:
            self._places.give_back(asker.name)
            raise
        return run

    def run(self, id_: str, asker: Asker) -> Run:
        """Find a run by its id; somebody else's is not found."""
        with self._lock:
            found = self._runs.get(id_)
        if found is None or found.asker.name != asker.name:
            raise MissingError(f"There is no answer {id_!r} in progress.", hint="Ask again.")
        return found

    def of_thread(self, thread: str, asker: Asker) -> Run | None:
        """Find the newest run of a conversation, if the asker has one."""
        with self._lock:
            runs = [run for run in self._runs.values() if run.thread == thread and run.asker.name == asker.name]
        return runs[-1] if runs else None

    def forget(self, thread: str, asker: Asker) -> None:
        """Forget the answers of a conversation; one that is under way is stopped first, and writes nothing later."""
        with self._lock:
            runs = [run for run in self._runs.values() if run.thread == thread and run.asker.name == asker.name]
        for run in runs:
            run.stop()
            for _ in run.tail(len(run.events)):
                pass
        with self._lock:
            for run in runs:
                self._runs.pop(run.id, None)

    def under_way(self) -> int:
        """Count the answers under way."""
        with self._lock:
            return sum(not run.ended for run in self._runs.values())

    def close(self) -> None:
        """Stop every answer and the loop."""
        with self._lock:
            running = [run for run in self._runs.values() if not run.ended]
        for run in running:
            run.stop()
        for run in running:
            for _ in run.tail(len(run.events)):
                pass
        if self._assistant.llm is not None:  # its connections belong to this event loop, which ends here
            asyncio.run_coroutine_threadsafe(self._assistant.llm.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _begin(self, run: Run) -> None:
        """On the loop, because a future of another thread counts as ended while what it stands for still tidies up."""
        run.task = self._loop.create_task(self._answer(run))
        run.task.add_done_callback(lambda task: self._over(run, task))
        if run.stopped:
            run.task.cancel()

    async def _answer(self, run: Run) -> None:
        events = self._assistant.stream(run.question, run.asker, run.thread, begins=run.begins)
        async with aclosing(events):
            async for event in events:
                run.tell(event)

    def _over(self, run: Run, task: asyncio.Task[None]) -> None:
        self._places.give_back(run.asker.name)
        try:
            task.result()
        except asyncio.CancelledError:
            run.stopped = True
            run.end()
        except HoneError as error:
            run.end(error)
        except Exception:
            log.exception("answer %s failed", run.id)
            run.end(
                HoneError(
                    "Your question couldn't be answered.",
                    hint=f"Ask again. If it happens again, give your admin the reference {run.id[:8]}.",
                )
            )
        else:
            run.end()

    def _forget_old(self) -> None:
        ended = [id_ for id_, run in self._runs.items() if run.ended]
        for id_ in ended[: max(0, len(self._runs) - KEPT)]:
            del self._runs[id_]
