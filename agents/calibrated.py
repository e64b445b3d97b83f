"""The calibration that belongs to the live model: the workspace's own, or the packaged one."""

from pathlib import Path

from agents.rules.calibration import Calibration, read_calibration, shipped_calibration
from hone.workspace import Workspace


def calibration_file(workspace: Workspace, model_hash: str) -> Path:
    """Name the file that keeps the calibration of a model."""
    return workspace.home / "calibrations" / f"{model_hash[:16]}.json"


def calibration_for(workspace: Workspace) -> Calibration:
    """Read the calibration of the live model; another model's is better than none, and signals are relative."""
    live = workspace.registry.live()
    file = calibration_file(workspace, live.model.card.hash) if live else None
    return read_calibration(file) if file is not None and file.exists() else shipped_calibration()
