"""Makes a workspace private to the account that owns it: it holds texts, questions and conversations."""

import logging
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

FOLDER_MODE, FILE_MODE = 0o700, 0o600
OTHERS = 0o077  # the permissions of everyone but the owner
FOLDERS = ("index", "models", "runs", "calibrations", "canary", "llm")
FILES = ("*.db", "*.db-wal", "*.db-shm", "*.json", "*.jsonl", "*.lock", "*.migrating")


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter; one that is there stays as it is."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def make_private_file(path: Path) -> None:
    """Make an empty file that only its owner can read; SQLite gives the files beside a database the same mode.

    One that is there is not even opened: closing it would give up every lock that SQLite holds on it in this process,
    and another process would take its log for abandoned.
    """
    if path.exists():
        return
    with suppress(OSError):  # opening it will say what is wrong
        handle, made = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)
        os.close(handle)
        try:
            os.link(made, path)  # whole and closed; whoever is later leaves it alone
        finally:
            Path(made).unlink()


def keep_private(home: Path) -> tuple[Path, ...]:
    """Make a workspace private to its owner, and list what could not be made so."""
    exposed = tuple(path for path in _kept(home) if not _closed(path))
    if exposed:
        log.warning("%s", describe_exposed(home, exposed))
    return exposed


def describe_exposed(home: Path, exposed: tuple[Path, ...]) -> str:
    """Say what other accounts can read, and what to do about it."""
    first, *rest = exposed
    others = f" and {len(rest):,} more files and folders" if rest else ""
    return (
        f"Other accounts on this machine can read {first}{others}: you don't own it, or its disk doesn't keep "
        f"permissions. Run as its owner: chmod -R go= {home}. Or move the workspace to another disk."
    )


def _kept(home: Path) -> Iterator[Path]:
    """List the workspace and Hone's own files in it, not documents that are in there too."""
    if not home.is_dir():
        return
    yield home
    for pattern in FILES:
        yield from home.glob(pattern)
    for name in FOLDERS:
        for folder, _, files in os.walk(home / name):
            yield Path(folder)
            yield from (Path(folder, file) for file in files)


def _closed(path: Path) -> bool:
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode) or not found.st_mode & OTHERS:
            return True
        if found.st_uid != os.geteuid():
            return False
        path.chmod(FOLDER_MODE if stat.S_ISDIR(found.st_mode) else FILE_MODE)
        return not path.lstat().st_mode & OTHERS  # some file systems take a mode and forget it
    except FileNotFoundError:  # a sync tidies up beside us
        return True
    except OSError:
        return False
