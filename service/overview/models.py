"""Models that were trained here: how each was made, whether it passed its checks, and whose feedback is in it.

A manifest or verdict that can't be read is skipped and named, since a page about models must not fail for one of them.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from hone.workspace import Workspace
from training.candidates.candidates import candidate_statuses
from training.candidates.drafts import abandoned
from training.candidates.forgotten_models import ForgottenNote, forgotten_in
from training.candidates.manifest import FILE as MANIFEST
from training.candidates.manifest import ModelManifest
from training.gate.verdict import FILE as VERDICT
from training.gate.verdict import Decision, Verdict

log = logging.getLogger(__name__)

Sheet = TypeVar("Sheet", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """One model that was trained to the end."""

    version: str
    manifest: ModelManifest
    verdict: Verdict | None  # none: the gate has not seen it yet
    decision: Decision | None
    live: bool
    forgotten: tuple[ForgottenNote, ...]  # of people whose evidence is in it

    @property
    def dev(self) -> float | None:
        """What it came to on the development questions, with the tier that was kept."""
        return next((item.score for item in self.manifest.tried if item.tier == self.manifest.tier), None)


def trained_models(workspace: Workspace) -> Sequence[Trained]:
    """List every model, newest first."""
    return [
        Trained(
            version=item.candidate.version,
            manifest=item.candidate.manifest,
            verdict=item.candidate.verdict,
            decision=None if item.decision == "undecided" else item.decision,
            live=item.live,
            forgotten=forgotten_in(item.candidate.folder),
        )
        for item in candidate_statuses(workspace)
    ]


def unfinished(workspace: Workspace) -> Sequence[str]:
    """Name the versions that a retraining began and left."""
    return abandoned(workspace.home)


def manifests(home: Path) -> Sequence[ModelManifest]:
    """Read the lineage of every model that was trained here, newest first."""
    return sorted(_all(home, MANIFEST, ModelManifest), key=lambda found: found.created, reverse=True)


def verdicts(home: Path) -> Sequence[Verdict]:
    """Read what the gate said of every candidate, newest first."""
    return sorted(_all(home, VERDICT, Verdict), key=lambda found: found.decided, reverse=True)


def unreadable(home: Path) -> Sequence[str]:
    """Name the files that should say something of a model and can't be read."""
    kinds: tuple[tuple[str, type[BaseModel]], ...] = ((MANIFEST, ModelManifest), (VERDICT, Verdict))
    return [
        file.relative_to(home).as_posix()
        for name, kind in kinds
        for file in _files(home, name)
        if _one(file, kind) is None
    ]


def _all(home: Path, name: str, kind: type[Sheet]) -> list[Sheet]:
    read = (_one(file, kind) for file in _files(home, name))
    return [sheet for sheet in read if sheet is not None]


def _files(home: Path, name: str) -> Sequence[Path]:
    """Leave out hidden folders: what is still being fitted is no model yet."""
    return [file for file in sorted((home / "models").glob(f"*/{name}")) if not file.parent.name.startswith(".")]


def _one(file: Path, kind: type[Sheet]) -> Sheet | None:
    try:
        return kind.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        log.warning("%s can't be read: %s", file, error)
        return None
