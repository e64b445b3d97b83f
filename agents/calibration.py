"""From signals to a probability: the calibration of the live model, the workspace's own or the packaged one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from agents.fitted import FORBID, SignalWeight, read_fit, weighted_sum
from agents.records import Degradation
from hone.errors import HoneError
from hone.workspace import Workspace

VERSION = 2  # any change to what a signal means raises it: what was fitted before no longer speaks of the same
UNPROVEN = 0.7  # what is left of the threshold for a model whose cosines it has never seen; a precaution, not measured


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCalibration:
    """Signals' weights, and from which probability an answer is given."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID

    version: int
    model: str  # the hash of the encoder it was fitted for
    weights: tuple[SignalWeight, ...]
    bias: float
    sufficient: float  # from here an answer is given as it is
    best_match: float  # from here the closest is shown as no more than that; below there is none
    risk: float  # share of the questions without an answer that `sufficient` lets be answered
    questions: int  # that it was fitted on

    def probability(self, signals: Mapping[str, float]) -> float:
        """Compute the probability that the passages hold the answer."""
        return float(1.0 / (1.0 + np.exp(-np.clip(self.bias + weighted_sum(self.weights, signals), -30.0, 30.0))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """A calibration, and what kept the workspace's own from being it."""

    calibration: AnswerCalibration
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
            stage="calibration", what=error.message, instead=f"using the packaged calibration; {error.hint}"
        )
        return Calibrated(calibration=packaged_for(model), lost=lost)


def read_calibration(file: Path) -> AnswerCalibration:
    """Read a calibration that was saved, or say what is wrong with it."""
    try:
        return read_fit(AnswerCalibration, file.read_text(encoding="utf-8"), VERSION)
    except (OSError, ValueError) as error:
        raise HoneError(
            f"The calibration {file} can't be used: {str(error).splitlines()[0]}",
            hint="Fit it again: hone calibrate QUESTIONS",
        ) from error


def packaged_for(model: str) -> AnswerCalibration:
    """Read the packaged calibration; for another model than its own it warns where it would have refused."""
    packaged = packaged_calibration()
    return packaged if packaged.model == model else replace(packaged, best_match=packaged.best_match * UNPROVEN)


def packaged_calibration() -> AnswerCalibration:
    """Read the calibration that is packaged, fitted for the packaged encoder."""
    text = files("agents").joinpath("calibrations", "default.json").read_text(encoding="utf-8")
    return read_fit(AnswerCalibration, text, VERSION)
