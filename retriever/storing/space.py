"""Room on the disk: asked for before writing, because running out of it can't be caught."""

import errno
import mmap
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from hone.errors import HoneError
from hone.privacy import FOLDER_MODE, OTHERS

FreeBytes = Callable[[Path], int]
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
MARGIN = 1.2  # an estimate of what a write needs is rarely more than a tenth off
RESERVE = 16 * 2**20  # for the databases beside the index; all of a sync of 120 short files takes 1.4 MiB
# The engine's new files are holes. Where reading a hole fills it, as in a tmpfs, they take all of their size: 101 MiB
# for the first point, 32 MiB whenever one has to grow, and 22 MiB for a view.
FIRST_HOLES, MORE_HOLES, VIEW_HOLES = 112 * 2**20, 32 * 2**20, 32 * 2**20
PAGES, PROBE = 16, 2**22  # read from a hole, to see whether that fills it; bytes that have to be free meanwhile
MEMORY = Path("/dev/shm")  # noqa: S108  # each use checks who owns the folder below it


def free_bytes(folder: Path) -> int:
    """The bytes that can still be written to the folder's disk."""
    return shutil.disk_usage(folder).free


def require_space(folder: Path, need: int, free: FreeBytes = free_bytes, *, holes: int = MORE_HOLES) -> None:
    """Refuse a write that the disk may not hold; `holes` are what it adds to files without filling them.

    The engine writes through memory maps: on a full disk the kernel ends the process with SIGBUS, which Python can't
    catch.
    """
    wanted, there = int(need * MARGIN) + RESERVE + (holes if fills_holes(folder) else 0), free(folder)
    if there < wanted:
        raise HoneError(
            f"The disk of {folder} has {_mib(there)} free; this write needs {_mib(wanted)} (reserve included).",
            hint="Free some space, drop old generations with `hone index prune`, or use a larger disk (--home).",
        )


def fills_holes(folder: Path) -> bool:
    """Check whether a hole in a file takes room once it is read through a memory map; yes where that can't be tried.

    Where there is no room to fill it with, the kernel would end this process.
    """
    return free_bytes(folder) < PROBE or _fills_holes(folder.stat().st_dev, folder)


def spare_folders(home: Path) -> Iterator[Path]:
    """Make private folders outside a home whose disk is full, on the machine's temporary disk and in its memory."""
    owner = os.geteuid()
    name = f"hone-{owner}-{blake2b(os.fsencode(home.resolve()), digest_size=8).hexdigest()}"
    for parent in _temporary():
        try:
            (parent / name).mkdir(mode=FOLDER_MODE, exist_ok=True)
            found = (parent / name).lstat()
        except OSError:
            continue
        if found.st_uid == owner and not found.st_mode & OTHERS:  # else somebody was here first, to read along
            yield parent / name


def _temporary() -> Iterator[Path]:
    with suppress(FileNotFoundError):  # none of them has room
        yield Path(tempfile.gettempdir())
    yield MEMORY


@lru_cache(maxsize=16)
def _fills_holes(device: int, folder: Path) -> bool:
    del device  # a mount point may get another file system
    size = PAGES * mmap.PAGESIZE
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.truncate(size)
            with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_WRITE) as pages:
                for place in range(0, size, mmap.PAGESIZE):
                    pages[place]
            return os.fstat(file.fileno()).st_blocks > 0
    except OSError:  # not even a name can be written
        return False


def _mib(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB"
