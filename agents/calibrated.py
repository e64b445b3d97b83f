"""The calibration that belongs to the live model: the workspace's own, or the packaged one."""

from dataclasses import dataclass
from pathlib import Path

from agents.records import Degradation
from agents.rules.calibration import Calibration, read_calibration, shipped_calibration
from hone.errors import HoneError
from hone.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """A calibration, and what kept the workspace's own from being it."""

    calibration: Calibration
    lost: Degradation | None = None


def calibration_file(workspace: Workspace, model_hash: str) -> Path:
    """Name the file that keeps the calibration of a model."""
    return workspace.home / "calibrations" / f"{model_hash[:16]}.json"


def calibration_for(workspace: Workspace) -> Calibrated:
    """Read the calibration of the live model; another model's is better than none, and signals are relative."""
    live = workspace.registry.live()
    file = calibration_file(workspace, live.model.card.hash) if live else None
    if file is None or not file.exists():
        return Calibrated(calibration=shipped_calibration())
    try:
        return Calibrated(calibration=read_calibration(file))
    except HoneError as error:
        lost = Degradation(
            stage="calibration", what=error.message, instead=f"judged by the packaged calibration; {error.hint}"
        )
        return Calibrated(calibration=shipped_calibration(), lost=lost)
