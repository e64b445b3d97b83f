"""Private views of a sealed folder, so that any number of processes search it at once.

The engine lets one process open a folder and rewrites a few small files whenever it does. A view is a folder of its
own: the bulk is hard-linked (the engine doesn't write to it unless points change, and a view's never do), the rest
copied, and the write-ahead log left out, which is what the engine's lock is on. So nobody waits, nothing sealed
changes, and the pages in memory are shared. Writing in a folder is for one process at a time, its owner.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hone.errors import HoneError
from hone.privacy import make_private_folder
from retriever.storing.copying import copy_file, link_file, remove_tree

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


LOG = "wal"
# What is big and stays untouched by opening, searching and closing.
BULK = ("page_*.dat", "chunk_*.mmap", "matrix.dat", "postings.dat", "point_to_values.bin", "values_to_points.bin")
GUARD = ".guard"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A folder that one process searches; the lock on it says that it is in use."""

    folder: Path
    lock: int

    def release(self) -> None:
        """Remove the folder and let go of the lock."""
        remove_tree(self.folder)
        os.close(self.lock)


def make_view(sealed: Path, views: Path, name: str, *, outside: bool = False) -> View:
    """Make a private view of a sealed folder, and remove those that dead processes left.

    One outside the sealed folder's disk, where no hard link reaches, is a copy of all of it.
    """
    make_private_folder(views)
    with _guard(views):
        _remove_abandoned(views)
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=views))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    view = View(folder=folder, lock=lock)
    try:
        _fill(sealed, folder, copy_file if outside else link_file)
    except BaseException:
        view.release()
        raise
    return view


def copied_bytes(sealed: Path, *, outside: bool) -> int:
    """Count the bytes on the disk of what a view copies."""
    copied = (path for path in sealed.rglob("*") if path.is_file() and (outside or not _is_bulk(path)))
    return sum(path.stat().st_blocks * 512 for path in copied if path.relative_to(sealed).parts[0] != LOG)


def _is_bulk(path: Path) -> bool:
    return any(path.match(pattern) for pattern in BULK)


def _fill(sealed: Path, folder: Path, share: Callable[[Path, Path], None]) -> None:
    for path in sealed.rglob("*"):
        name = path.relative_to(sealed)
        if name.parts[0] == LOG:
            continue
        if path.is_dir():
            (folder / name).mkdir(parents=True, exist_ok=True)
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        keep = share if _is_bulk(path) else copy_file
        keep(path, folder / name)


@contextmanager
def _guard(views: Path) -> Generator[None]:
    """One process at a time makes or clears views; otherwise one just made could pass for abandoned."""
    with (views / GUARD).open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def _remove_abandoned(views: Path) -> None:
    """Remove views whose lock nobody holds; unlike a process id, a lock can't be taken over by a stranger."""
    for folder in views.iterdir():
        if not folder.is_dir():
            continue
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            remove_tree(folder)
        finally:
            os.close(handle)
