"""Gets a model file into a folder: all of it and the right one, or nothing; what broke off is gone on with."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import httpx2

from agents.llm.local.catalogue import ModelFile
from hone.errors import HoneError
from hone.privacy import make_private_folder
from hone.progress import Progress

BLOCK = 1 << 20  # bytes; one step of the progress
SECONDS = 30.0  # without a byte, after which a download has broken off
SPARE = 200 << 20  # bytes that a disk keeps
PART = ".part"  # of a file that is not there yet
PARTIAL, RANGE_REFUSED = 206, 416


def download(model: ModelFile, folder: Path, progress: Progress) -> Path:
    """Download a model's file; what is there of it from before is kept, and only the rest fetched."""
    target = folder / f"{model.name}.gguf"
    part = folder / f"{model.sha256[:16]}{PART}"
    make_private_folder(folder)
    try:
        _fetch(model, part, progress)
    except OSError as error:
        raise HoneError(
            f"{folder} can't keep the model: {error.strerror}.", hint="Free some space, and run it again."
        ) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise HoneError(
            f"{model.url} can't be downloaded: {_why(error)}.",
            hint="Run it again: it goes on where it stopped. Without a network, download the file elsewhere and give "
            "its path: hone llm install FILE",
        ) from error
    return _finished(part, target, model.sha256, progress)


def take(file: Path, folder: Path, sha256: str, progress: Progress) -> Path:
    """Copy a model's file from a disk."""
    make_private_folder(folder)
    part = folder / f"{file.stem}{PART}"
    try:
        size = file.stat().st_size
        _room(folder, size)
        progress.stage("copying, MB", _steps(size))
        with file.open("rb") as source, part.open("wb") as copy:
            for block in _blocks(source):
                copy.write(block)
                progress.advance(1)
        return _finished(part, folder / f"{file.stem}.gguf", sha256, progress)
    except OSError as error:
        raise HoneError(
            f"{file} can't be copied: {error.strerror}.", hint="Free some space, or check the path."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _fetch(model: ModelFile, part: Path, progress: Progress) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"range": f"bytes={have}-"} if have else {}
    with httpx2.stream("GET", model.url, headers=headers, follow_redirects=True, timeout=SECONDS) as reply:
        if reply.status_code == RANGE_REFUSED:  # nothing is missing; the hash will tell
            return
        reply.raise_for_status()
        resumed = have if reply.status_code == PARTIAL else 0
        left = int(reply.headers.get("content-length", 0)) or max(model.size - resumed, 0)
        _room(part.parent, left)
        progress.stage("downloading, MB", _steps(resumed + left) if left else None)
        progress.advance(resumed // BLOCK)
        with part.open("ab" if resumed else "wb") as file:
            for block in reply.iter_bytes(BLOCK):
                file.write(block)
                progress.advance(1)


def _finished(part: Path, target: Path, sha256: str, progress: Progress) -> Path:
    """Check the hash, and put the file in its place; a wrong one is thrown away."""
    progress.stage("checking, MB", _steps(part.stat().st_size))
    digest = hashlib.sha256()
    with part.open("rb") as file:
        if file.read(4) != b"GGUF":
            part.unlink()
            raise HoneError(f"{target.name} is not a GGUF file.", hint="llama.cpp reads GGUF files alone.")
        file.seek(0)
        for block in _blocks(file):
            digest.update(block)
            progress.advance(1)
        os.fsync(file.fileno())
    if sha256 and digest.hexdigest() != sha256:
        part.unlink()
        raise HoneError(
            f"{target.name} is not the file that was meant: its SHA-256 is {digest.hexdigest()}, and {sha256} was "
            "expected. Nothing was kept.",
            hint="Get it from its publisher, and compare the hash there.",
        )
    part.replace(target)
    return target


def _room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size + SPARE > free:
        raise HoneError(
            f"The model takes {size >> 20:,} MB, and {folder} has {free >> 20:,} MB free.",
            hint="Free some space, or choose a smaller model.",
        )


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _steps(size: int) -> int:
    return -(-size // BLOCK)


def _why(error: httpx2.HTTPError | httpx2.InvalidURL) -> str:
    if isinstance(error, httpx2.HTTPStatusError):
        return f"the server answered {error.response.status_code}"
    if isinstance(error, httpx2.TimeoutException):
        return "nothing came for too long"
    if isinstance(error, httpx2.InvalidURL):
        return "that is no address"
    return "the network or the server can't be reached"
