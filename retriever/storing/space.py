"""Room on the disk: asked for before writing, because running out of it can't be caught."""

import shutil
from collections.abc import Callable
from pathlib import Path

from hone.errors import HoneError

FreeBytes = Callable[[Path], int]
MARGIN = 1.2  # an estimate of what a write needs is rarely more than a tenth off
RESERVE = 256 * 2**20  # the engine grows its files 32 MiB at a time, several at once


def free_bytes(folder: Path) -> int:
    """The bytes that can still be written to the folder's disk."""
    return shutil.disk_usage(folder).free


def require_space(folder: Path, need: int, free: FreeBytes = free_bytes, *, reserve: int = RESERVE) -> None:
    """Refuse a write that the disk may not hold.

    The engine writes through memory maps: on a full disk the kernel ends the process with SIGBUS, which Python can't
    catch.
    """
    wanted, there = int(need * MARGIN) + reserve, free(folder)
    if there < wanted:
        raise HoneError(
            f"The disk of {folder} has {_mib(there)} free; this write needs {_mib(wanted)} free, reserve included.",
            hint="Free some space, drop old generations with `hone index prune`, or use a larger disk (--home).",
        )


def _mib(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB"
