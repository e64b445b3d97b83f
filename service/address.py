"""Where the app of a workspace is: one process at a time serves it, and programs of its owner find it by a file."""

import hashlib
import json
import os
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from hone.errors import HoneError
from hone.settings import Settings

FILE, LOCK = "serving.json", "serving.lock"
GLANCE = 0.5  # seconds; longer than `is_served` ever holds the lock
ANSWERING = {"encoder", "store", "search", "llm", "ask"}  # the settings that decide what a question is answered with


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an app is, and what its owner's programs show it."""

    url: str
    pid: int
    key: str
    since: str
    answering: str  # a digest of the settings it answers by


def new_key() -> str:
    """Make what programs of the workspace's owner show to the app."""
    return secrets.token_urlsafe(32)


def answering(settings: Settings) -> str:
    """Make a digest of the settings that decide answers: equal ones mean that two processes answer alike."""
    plain = settings.model_dump_json(include=ANSWERING)
    return hashlib.sha256(plain.encode()).hexdigest()


@contextmanager
def only_one(home: Path) -> Generator[None]:
    """Be the one process that serves a workspace; the lock falls with the process, however that ends."""
    lock = FileLock(home / LOCK)
    try:
        lock.acquire(timeout=GLANCE)
    except Timeout as error:
        first = read_address(home)
        where = (
            f"at {first.url} (process {first.pid}, since {first.since})" if first else "by a process that is starting"
        )
        raise HoneError(
            f"{home} is already being served {where}.", hint="Use that one, or stop it and try again."
        ) from error
    try:
        yield
    finally:
        lock.release()


def is_served(home: Path) -> bool:
    """Check whether a process is serving; one that was killed is not."""
    lock = FileLock(home / LOCK)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return True
    lock.release()
    return False


@contextmanager
def announced(home: Path, url: str, key: str, settings: Settings) -> Generator[Address]:
    """Write down where the app is while it is there, for nobody's eyes but the owner's."""
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    address = Address(url=url, pid=os.getpid(), key=key, since=since, answering=answering(settings))
    file, unfinished = home / FILE, home / f"{FILE}.{os.getpid()}"
    unfinished.unlink(missing_ok=True)
    opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as stream:
        json.dump(asdict(address), stream)
    unfinished.replace(file)
    try:
        yield address
    finally:
        file.unlink(missing_ok=True)


def read_address(home: Path) -> Address | None:
    """Read where the app is said to be; it may be gone without having said so."""
    try:
        return Address(**json.loads((home / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
