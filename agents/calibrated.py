"""The calibration that belongs to the live model: the workspace's own, or the packaged one."""

from dataclasses import dataclass, replace
from pathlib import Path

from agents.heuristics.calibration import Calibration, read_calibration, shipped_calibration
from agents.records import Degradation
from hone.errors import HoneError
from hone.workspace import Workspace

UNPROVEN = 0.7  # what is left of the threshold for a model whose cosines it has never seen; a precaution, not measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """A calibration, and what kept the workspace's own from being it."""

    calibration: Calibration
    lost: Degradation | None = None


def calibration_file(workspace: Workspace, model_hash: str) -> Path:
    """Name the file that keeps the calibration of a model."""
    return workspace.home / "calibrations" / f"{model_hash[:16]}.json"


def calibration_for(workspace: Workspace, model: str | None = None) -> Calibrated:
    """Read the calibration of the live model, or of the one with this hash; another model's is better than none."""
    if model is None:
        live = workspace.registry.live()
        model = live.model.card.hash if live else ""
    file = calibration_file(workspace, model)
    if not file.exists():
        return Calibrated(calibration=packaged_for(model))
    try:
        return Calibrated(calibration=read_calibration(file))
    except HoneError as error:
        lost = Degradation(
            stage="calibration", what=error.message, instead=f"judged by the packaged calibration; {error.hint}"
        )
        return Calibrated(calibration=packaged_for(model), lost=lost)


def packaged_for(model: str) -> Calibration:
    """Give the packaged calibration; for another model than its own it warns where it would have refused."""
    packaged = shipped_calibration()
    return packaged if packaged.model == model else replace(packaged, partial=packaged.partial * UNPROVEN)
