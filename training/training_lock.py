"""Whoever learns from the log of a workspace, or takes somebody out of it, does so alone."""

from collections.abc import Generator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from hone.errors import HoneError
from hone.workspace import Workspace

LOCK = "training.lock"


@contextmanager
def alone(workspace: Workspace) -> Generator[None]:
    """Hold the lock of a workspace's trainings; refuse to wait, since one can take hours."""
    lock = FileLock(workspace.home / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise HoneError(
            f"Another retraining is at work on {workspace.home}.",
            hint="Wait for it to end, or end it with Ctrl-C: hone models list",
        ) from error
    try:
        yield
    finally:
        lock.release()
