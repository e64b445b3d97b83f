"""Models in the making: hidden folders that become candidates by one rename; one training of a workspace at a time."""

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from hone.errors import HoneError
from hone.workspace import Workspace
from retriever.indexing.encoders import TRAINED
from retriever.storing.copying import sync, sync_tree
from training.candidates.manifest import FILE, ModelManifest

DIFFERENCES = {
    "training_set": "the log or the pair files have changed",
    "base": "it started from another model",
    "seed": "it used another seed",
}


class Origin(BaseModel):
    """Pairs, model and chance: what was fitted to others must not pass for a fit to these."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    training_set: str  # fingerprint of all pairs with their splits
    base: str  # the model that it begins from, as the registry knows it
    seed: int

    def differs(self, other: "Origin") -> str:
        """Say in what another one differs; nothing where it is the same."""
        return ", and ".join(why for name, why in DIFFERENCES.items() if getattr(self, name) != getattr(other, name))


def origin_of(manifest: ModelManifest) -> Origin:
    """Return what a model began from."""
    return Origin(training_set=manifest.training_set, base=manifest.base, seed=manifest.seed)


LOCK = "training.lock"


@contextmanager
def training_lock(workspace: Workspace) -> Generator[None]:
    """Hold the lock of a workspace's trainings; refuse to wait, since one can take hours."""
    lock = FileLock(workspace.home / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise HoneError(
            f"Another retraining is running on {workspace.home}.",
            hint="Wait for it to finish, or stop it with Ctrl-C.",
        ) from error
    try:
        yield
    finally:
        lock.release()


VERSION = re.compile(r"m(\d{4,})")
DRAFT = re.compile(r"\.(m\d{4,})\.fitting")
WORK, ORIGIN = "work", "origin.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDraft:
    """A folder that a model is being written into, held by this process."""

    version: str
    folder: Path
    lock: int  # a handle of the folder; unlike a process id, it goes when the process does, however that ends

    @property
    def work(self) -> Path:
        """Name the folder for checkpoints and whatever else is not the model; sealing removes it."""
        return self.folder / WORK


def begin(home: Path) -> ModelDraft:
    """Begin the next version."""
    models = home / TRAINED
    models.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(found[1:]) for found in _taken(models)), default=0)
    while (draft := _begun(models, f"m{number:04d}")) is None:
        number += 1
    return draft


def draft_for(home: Path, origin: Origin, *, resume: bool, say: Callable[[str], None]) -> ModelDraft:
    """Begin a version, or go on with one of the same origin that was left unfinished; other leftovers go.

    `say` hears why, where one was to be gone on with and can't be.
    """
    kept: ModelDraft | None = None
    for version in abandoned(home):
        draft = take_up(home, version)
        why = _unlike(draft, origin)
        if resume and kept is None and not why:
            kept = draft
            continue
        if resume and kept is None:
            say(f"Can't resume {version}: {why}. Its progress was deleted.")
        discard(draft)
    if kept is None:
        kept = begin(home)
        (kept.work / ORIGIN).write_text(origin.model_dump_json(), encoding="utf-8")
    return kept


def abandoned(home: Path) -> tuple[str, ...]:
    """List the versions that were begun and that nobody is at work on, newest first."""
    found: list[str] = []
    for folder in (home / TRAINED).glob(".m*.fitting"):
        if match := DRAFT.fullmatch(folder.name):
            try:
                os.close(_held(folder))
            except HoneError:
                continue
            found.append(match[1])
    return tuple(sorted(found, key=_number, reverse=True))


def take_up(home: Path, version: str) -> ModelDraft:
    """Go on with a version that was abandoned."""
    folder = home / TRAINED / f".{version}.fitting"
    if not folder.is_dir():
        raise HoneError(f"There is no unfinished model {version!r}.", hint="Start again: hone models retrain")
    draft = ModelDraft(version=version, folder=folder, lock=_held(folder))
    draft.work.mkdir(exist_ok=True)
    return draft


def discard(draft: ModelDraft) -> None:
    """Delete a draft and everything in it."""
    shutil.rmtree(draft.folder, ignore_errors=True)
    os.close(draft.lock)


def seal_folder(draft: ModelDraft, manifest: ModelManifest) -> Path:
    """Make a draft a candidate: on the disk, its manifest last, then one rename, which is the commit point."""
    if manifest.version != draft.version:
        raise HoneError(f"The manifest names {manifest.version}, but the draft is {draft.version}.")
    final = draft.folder.parent / draft.version
    if final.exists():
        raise HoneError(f"There is already a model {draft.version} in {draft.folder.parent}.", hint="Move it away.")
    shutil.rmtree(draft.work, ignore_errors=True)
    sync_tree(draft.folder)
    write_whole(draft.folder / FILE, manifest.model_dump_json(indent=1))
    draft.folder.rename(final)
    sync(final.parent)
    os.close(draft.lock)
    return final


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is the old one or the new one, whenever the machine stops."""
    temporary = path.with_name(f".{path.name}.writing")
    temporary.write_text(text + "\n", encoding="utf-8")
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)


def _unlike(draft: ModelDraft, origin: Origin) -> str:
    try:
        return Origin.model_validate_json((draft.work / ORIGIN).read_bytes()).differs(origin)
    except (OSError, ValidationError):
        return "its origin is unknown"


def _begun(models: Path, version: str) -> ModelDraft | None:
    """Make a draft, unless somebody was faster."""
    folder = models / f".{version}.fitting"
    with suppress(FileExistsError, HoneError):
        folder.mkdir()
        draft = ModelDraft(version=version, folder=folder, lock=_held(folder))
        if not (models / version).exists():
            draft.work.mkdir()
            return draft
        discard(draft)  # the other is done already
    return None


def _taken(models: Path) -> list[str]:
    matches = (VERSION.fullmatch(folder.name) or DRAFT.fullmatch(folder.name) for folder in models.iterdir())
    return [match[0].removeprefix(".").partition(".")[0] for match in matches if match]


def _number(version: str) -> int:
    return int(version[1:])


def _held(folder: Path) -> int:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise HoneError(
            f"Another process is working on {folder.name[1:].partition('.')[0]}.",
            hint="Wait for it to finish, or start another: hone models retrain",
        ) from error
    return handle
