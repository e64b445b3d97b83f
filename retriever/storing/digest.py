"""A file's hash that reads what the file holds and skips its holes, which are most of an engine's files."""

import hashlib
from pathlib import Path

from retriever.storing.copying import stretches

HELD = "held:"  # before a digest of this kind; generations sealed by earlier versions have a plain SHA-256
BLOCK = 1 << 16
NOTHING = bytes(BLOCK)


def digest_of(path: Path) -> str:
    """Hash every block that holds anything, with its place; a hole and zeros written out are the same."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        size = path.stat().st_size
        done = 0  # blocks, which stretches may share
        for start, end in stretches(file.fileno(), size):
            for place in range(max(done, start // BLOCK), -(-end // BLOCK)):
                file.seek(place * BLOCK)
                block = file.read(BLOCK)
                if block != NOTHING[: len(block)]:
                    found.update(place.to_bytes(8, "big"))
                    found.update(block)
                done = place + 1
    return HELD + found.hexdigest()


def is_digest_of(digest: str, path: Path) -> bool:
    """Check whether a file still has this digest."""
    if digest.startswith(HELD):
        return digest_of(path) == digest
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest
