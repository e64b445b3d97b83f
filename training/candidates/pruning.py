"""What goes: a refused candidate's index at once, and encoders that can't serve again when an admin says so."""

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hone.workspace import Workspace
from retriever.encoding.vectorcache import VectorCache
from retriever.indexing.encoders import MODULES
from retriever.indexing.keeping import drop
from training.candidates.candidates import list_candidates, location_of
from training.candidates.forgotten_models import FILE as FORGOTTEN
from training.candidates.manifest import FILE as MANIFEST
from training.candidates.promoting import PATIENCE
from training.candidates.promotion_impact import FILE as OUTCOMES
from training.gate.verdict import FILE as VERDICT

SHEETS = (MANIFEST, VERDICT, OUTCOMES, FORGOTTEN)  # who a model learned from and what was said of it are never lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What went."""

    versions: tuple[str, ...]
    bytes: int  # of their encoders; cached vectors come on top


def drop_refused(workspace: Workspace, *, wait: float = PATIENCE) -> list[str]:
    """Drop the generations and vectors of candidates that were refused; their folders and reasons stay."""
    with workspace.writing("hone models retrain", wait=wait):
        listed = list_candidates(workspace.home).found
        refused = {item.manifest.model for item in listed if item.verdict and item.verdict.decision == "refused"}
        dropped = drop(workspace, [item for item in workspace.registry.beside_live() if item.model.id in refused])
        wanted = {item.manifest.model for item in listed if item.manifest.model not in refused}
        wanted |= {item.model.id for item in workspace.registry.generations()}
        hashes = {model.id: model.card.hash for model in workspace.registry.models()}
        gone = {hashes.get(name, "") for name in refused - wanted} - {hashes.get(name, "") for name in wanted}
        _forget_vectors(workspace, gone)
    return dropped


def prune(workspace: Workspace, keep: int, *, wait: float = PATIENCE) -> Pruned:
    """Delete the encoders of all models but the newest ones and those with an index, which serve or may again.

    What they were made of and what was said of them stays. Killed anywhere, it is finished by doing it again.
    """
    with workspace.writing("hone models prune", wait=wait):
        listed, registry = list_candidates(workspace.home).found, workspace.registry
        needed = {item.manifest.location for item in listed[:keep]}
        needed |= {item.model.location for item in registry.generations()}
        old = {location_of(item.version): item for item in listed if location_of(item.version) not in needed}
        freed = {item.version: _strip(item.folder) for item in old.values()}
        _forget_vectors(workspace, {model.card.hash for model in registry.models() if model.location in old})
    return Pruned(versions=tuple(name for name, size in freed.items() if size), bytes=sum(freed.values()))


def _strip(folder: Path) -> int:
    """Leave only the sheets of a model, and tell how many bytes went; the list of its modules goes first."""
    freed = 0
    for path in sorted(folder.iterdir(), key=lambda path: path.name != MODULES):
        if path.name in SHEETS:
            continue
        if path.is_dir():
            freed += sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            shutil.rmtree(path)
        else:
            freed += path.stat().st_size
            path.unlink()
    return freed


def _forget_vectors(workspace: Workspace, gone: set[str]) -> None:
    with closing(VectorCache(workspace.vectors)) as cache:
        kept = [size.model for size in cache.sizes() if size.model not in gone]
        if gone:
            cache.prune(kept)
