"""Copies of an engine's folder that leave the original exactly as it is."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

BLOCK = 2**20

REMOVALS = 20  # tries, 20 ms apart; one is nearly always enough


def files_below(folder: Path) -> tuple[Path, ...]:
    """Every file below the folder, in order of path."""
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink()))


def copy_tree(source: Path, target: Path, copy_one: Callable[[Path, Path], None]) -> None:
    """Create the target folder, each file by the given copy."""
    target.mkdir(parents=True)
    for path in sorted(source.rglob("*")):
        there = target / path.relative_to(source)
        if path.is_dir():
            there.mkdir(parents=True, exist_ok=True)
        else:
            there.parent.mkdir(parents=True, exist_ok=True)
            copy_one(path, there)


def copy_file(source: Path, target: Path) -> None:
    """Copy what is in the file and keep its holes: the engine reserves 32 MiB at a time and fills little of it."""
    with source.open("rb") as reading, target.open("wb") as writing:
        size = os.fstat(reading.fileno()).st_size
        for start, end in stretches(reading.fileno(), size):
            reading.seek(start)
            writing.seek(start)
            for offset in range(start, end, BLOCK):
                writing.write(reading.read(min(BLOCK, end - offset)))
        writing.truncate(size)


def link_file(source: Path, target: Path) -> None:
    """Share the file's bytes, or copy them where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        copy_file(source, target)


def sync_tree(folder: Path) -> None:
    """Put everything below the folder on the disk, the names included."""
    for path in (*folder.rglob("*"), folder):
        with suppress(FileNotFoundError):  # an open engine renames its log's next file when it is ready
            sync(path)


def sync(path: Path) -> None:
    """Put one file or one folder's names on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_tree(folder: Path) -> None:
    """Remove the folder, or what is left of it; an engine just closed may still be putting a log file down."""
    for _ in range(REMOVALS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.02)


def stretches(handle: int, size: int) -> Iterator[tuple[int, int]]:
    """Find where the file holds data: (start, end) each."""
    end = 0
    while end < size:
        try:
            start = os.lseek(handle, end, os.SEEK_DATA)
        except OSError:  # ENXIO: nothing but a hole up to the end
            return
        end = os.lseek(handle, start, os.SEEK_HOLE)
        yield start, end
