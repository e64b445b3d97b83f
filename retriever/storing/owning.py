"""Who may write in a folder: one process at a time, for as long as it lives."""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from hone.errors import HoneError

OWNER = "owner"  # beside the engine's files; holds the lock, and who has it
POLL = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """The lock on a folder; it goes with the process, however that ends."""

    handle: int

    def release(self) -> None:
        """Let the next one write."""
        os.close(self.handle)


def own(folder: Path, patience: float) -> Ownership:
    """Become the folder's owner, waiting up to `patience` seconds for the present one.

    The engine has a lock too, but takes it only after it has opened the files that the owner is writing.
    """
    handle = os.open(folder / OWNER, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + patience
    while not _locked(handle):
        if time.monotonic() >= deadline:
            holder = os.read(handle, 200).decode(errors="replace") or "another process"
            os.close(handle)
            raise HoneError(
                f"Generation {folder.name!r} is being written by {holder}; it was still busy after {patience:.0f} s.",
                hint="Wait until it finishes, or stop it, then run this again.",
            )
        time.sleep(POLL)
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"process {os.getpid()}".encode(), 0)
    return Ownership(handle=handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
