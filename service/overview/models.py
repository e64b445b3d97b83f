"""Models that were trained here, with what became of them and whether somebody in them is to be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass

from hone.workspace import Workspace
from training.candidates.drafts import abandoned
from training.candidates.forgotten_models import ForgottenNote, forgotten_in
from training.candidates.manifest import ModelManifest
from training.candidates.status import candidate_statuses
from training.gate.verdict import Decision, Verdict


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
