"""A generation's manifest: what it was built from, and every file's hash, which is the only guard against damage.

An engine loads a flipped bit without a word. The manifest is written last: a generation that has one is sealed.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from hone.errors import HoneError
from hone.records import EncoderCard
from retriever.storing.copying import copy_tree, files_below, link_file, remove_tree, stretches, sync, sync_tree
from retriever.storing.store import checked_name
from retriever.storing.views import OWNER

MANIFEST = "manifest.json"
Fault = Literal["missing", "extra", "resized", "altered", "unreadable"]
HELD = "held:"  # before a digest of this kind; generations sealed by earlier versions have a plain SHA-256
BLOCK = 1 << 16
NOTHING = bytes(BLOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """A file as it was when the generation was sealed."""

    name: str  # relative to the generation's folder
    size: int
    sha256: str  # of what it holds (`digest_of`)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexManifest:
    """What a generation is: who asks it must encode with this encoder, and its files must be these."""

    generation: str
    engine: str
    created: datetime
    encoder: EncoderCard
    points: int
    dimensions: int
    library_revision: int
    analyser: int  # the version of the lexical analysis that made the words
    files: tuple[SealedFile, ...] = ()  # none where a server keeps them


_MANIFEST = TypeAdapter(IndexManifest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A file that isn't what the manifest says."""

    name: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.name} is {self.fault}"


def is_sealed(folder: Path) -> bool:
    """Check whether the generation in this folder is finished and will never change."""
    return (folder / MANIFEST).is_file()


def seal(
    folder: Path, *, encoder: EncoderCard, points: int, library_revision: int, analyser: int, engine: str = "embedded"
) -> IndexManifest:
    """Finish a generation whose store is closed: hash its files, and write the manifest last."""
    folder.mkdir(parents=True, exist_ok=True)
    sync_tree(folder)  # first, so that no file system is asked for the holes of what it has not laid out yet
    manifest = IndexManifest(
        generation=folder.name,
        engine=engine,
        created=datetime.now(UTC),
        encoder=encoder,
        points=points,
        dimensions=encoder.dimensions,
        library_revision=library_revision,
        analyser=analyser,
        files=tuple(_sealed(folder, path) for path in _covered(folder)),
    )
    temporary = folder / f"{MANIFEST}.writing"
    temporary.write_bytes(_rendered(manifest))
    sync(temporary)
    temporary.replace(folder / MANIFEST)
    sync(folder)
    return manifest


def read_manifest(folder: Path) -> IndexManifest:
    """Read the manifest of the generation in this folder; refuse it if one bit of it has changed."""
    path = folder / MANIFEST
    try:
        written = path.read_bytes()
    except OSError as error:
        raise _unusable(path, f"can't be read: {error.strerror}") from error
    try:
        manifest = _MANIFEST.validate_json(written)
    except ValidationError as error:
        raise _unusable(path, f"isn't a manifest: {error.error_count()} of its fields are wrong") from error
    if _rendered(manifest) != written:
        raise _unusable(path, "was changed: its checksum is wrong")
    return manifest


def verify(folder: Path, *, contents: bool = True) -> tuple[Damage, ...]:
    """Name every file that is missing, extra, resized or altered, the manifest included.

    Without contents only names and sizes are compared, which takes a millisecond instead of a hash of everything.
    """
    try:
        manifest = read_manifest(folder)
    except HoneError:
        return (Damage(name=MANIFEST, fault="altered" if is_sealed(folder) else "missing"),)
    there = {_name(folder, path) for path in _covered(folder)}
    sealed = {file.name for file in manifest.files}
    extra = [Damage(name=name, fault="extra") for name in there - sealed]
    damaged = [
        Damage(name=file.name, fault=fault)
        for file in manifest.files
        if (fault := _fault(folder, file, contents)) is not None
    ]
    return tuple(sorted((*extra, *damaged), key=lambda damage: damage.name))


def _covered(folder: Path) -> tuple[Path, ...]:
    """List every file but the manifest and the owner's lock, which no engine reads."""
    return tuple(path for path in files_below(folder) if path not in (folder / MANIFEST, folder / OWNER))


def _fault(folder: Path, file: SealedFile, contents: bool) -> Fault | None:
    path = folder / file.name
    try:
        if path.stat().st_size != file.size:
            return "resized"
        return "altered" if contents and not is_digest_of(file.sha256, path) else None
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"


def _sealed(folder: Path, path: Path) -> SealedFile:
    return SealedFile(name=_name(folder, path), size=path.stat().st_size, sha256=digest_of(path))


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _rendered(manifest: IndexManifest) -> bytes:
    """Write the manifest in the one way there is; reading compares with it, so a flipped space shows too."""
    body = _MANIFEST.dump_python(manifest, mode="json")
    checksum = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return (json.dumps({**body, "checksum": checksum}, indent=1) + "\n").encode()


def _unusable(path: Path, why: str) -> HoneError:
    return HoneError(
        f"The manifest {path} {why}.",
        hint="Rebuild the index with `hone index rebuild`; `hone index list` shows what else there is.",
    )


def link_generation(root: Path, generation: str, to: str, encoder: EncoderCard) -> None:
    """Link a generation under a second name, for an encoder that makes the same vectors."""
    source, target, unfinished = root / checked_name(generation), root / checked_name(to), root / f".{to}.copying"
    written = read_manifest(source)
    for left in (unfinished, target):
        remove_tree(left)
    copy_tree(source, unfinished, link_file)
    for name in (MANIFEST, OWNER):
        (unfinished / name).unlink(missing_ok=True)
    unfinished.rename(target)
    facts = {"points": written.points, "library_revision": written.library_revision, "analyser": written.analyser}
    sealed = seal(target, encoder=encoder, engine=written.engine, **facts)
    if sealed.files != written.files:
        remove_tree(target)
        raise HoneError(
            f"Generation {generation} was changed after it was built, so it wasn't copied.",
            hint="Rebuild the index: hone index rebuild",
        )


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
