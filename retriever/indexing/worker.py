"""Building in a process of its own: the engine holds the GIL and a full disk kills, and neither may reach a search."""

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from types import ModuleType

from hone.errors import HoneError
from hone.progress import Progress
from hone.registry import Generation
from retriever.indexing.build import BuildOrder, build

log = logging.getLogger(__name__)

Message = int | Generation | HoneError  # steps done, then the outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    """Passes progress on to the parent."""

    pipe: "Connection[Message, None]"

    def stage(self, name: str, total: int | None) -> None:
        """Do nothing: the parent names the stage."""

    def advance(self, steps: int) -> None:
        """Send the steps to the parent."""
        self.pipe.send(steps)


def build_apart(order: BuildOrder, progress: Progress) -> Generation:
    """Build a generation in a worker process and wait for it; the worker dies with this process."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    worker = spawn.Process(target=_work, args=(order, theirs), daemon=True)
    with _undisturbed():
        worker.start()
    theirs.close()
    try:
        return _listen(ours, progress)
    except EOFError:
        worker.join()
        raise HoneError(_death(worker.exitcode or 0), hint="The index in use is unchanged. Run this again.") from None
    finally:
        worker.terminate()
        worker.join()


def _listen(pipe: "Connection[None, Message]", progress: Progress) -> Generation:
    while True:
        message = pipe.recv()
        if isinstance(message, int):
            progress.advance(message)
        elif isinstance(message, Generation):
            return message
        else:
            raise message


def _work(order: BuildOrder, pipe: "Connection[Message, None]") -> None:
    os.umask(0o077)  # what it writes are the words of documents, which not everybody may read
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(BrokenPipeError):  # the parent is gone, and so is this process in a moment
        try:
            pipe.send(build(order, _Sender(pipe=pipe)))
        except HoneError as error:
            pipe.send(error)


def _end_with_parent() -> None:
    """End at once when the parent was killed: the next run builds in the same folder."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _undisturbed() -> Generator[None]:
    """Start a process that holds Ctrl-C back from its first instruction on; ours is heard right after."""
    resource_tracker.ensure_running()  # by itself it starts with the first process, and lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # By itself the new process runs the caller's script again, which would build again and wait for this very build.
    script, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _death(code: int) -> str:
    if code == -signal.SIGBUS:
        return "The process that builds the index was killed because the disk is full."
    if code == -signal.SIGKILL:
        return "The process that builds the index was killed, most likely for lack of memory."
    return f"The process that builds the index ended with code {code}; see its message above."
