"""The fitted rater as a file: its numbers, what it was fitted on, and how far it agrees with labels it never saw."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.rating.ordinal import OrdinalModel, SignalWeight
from hone.errors import HoneError

VERSION = 1  # any change to what a signal means raises it: what was fitted before no longer speaks of the same


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgreement:
    """How far the rater agrees with one set's labels: weighted kappa on questions that it was not fitted on."""

    name: str
    questions: int
    results: int
    kappa: float  # fitted on the other half of every set
    low: float
    high: float
    unseen: float  # fitted on the other sets alone, as for documents like none of these
    pwas: float  # by the rater, of the set's held-out questions
    unseen_pwas: float  # the same, fitted on the other sets alone
    labelled: float  # the same by the labels


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedRater:
    """A model with where it comes from."""

    version: int
    encoder: str  # the hash of the encoder whose signals it weighs
    model: OrdinalModel
    labels: str  # what the grades it was fitted on mean
    results: int  # that it was fitted on
    agreement: tuple[SetAgreement, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _WeightFile(_File):
    signal: str
    mean: float
    spread: float
    weight: float


class _ModelFile(_File):
    weights: tuple[_WeightFile, ...]
    biases: tuple[float, ...]
    cuts: tuple[float, ...]


class _AgreementFile(_File):
    name: str
    questions: int
    results: int
    kappa: float
    low: float
    high: float
    unseen: float
    pwas: float
    unseen_pwas: float
    labelled: float


class _FittedFile(_File):
    version: int
    encoder: str
    model: _ModelFile
    labels: str
    results: int
    agreement: tuple[_AgreementFile, ...]


def save_fitted(fitted: FittedRater, file: Path) -> None:
    """Write a fitted rater as JSON."""
    partial = file.with_suffix(".tmp")
    partial.write_text(json.dumps(asdict(fitted), indent=1) + "\n", encoding="utf-8")
    partial.replace(file)


def read_fitted(file: Path) -> FittedRater:
    """Read a fitted rater, or say what is wrong with it."""
    try:
        return _read(file.read_text(encoding="utf-8"))
    except (OSError, ValidationError, ValueError) as error:
        raise HoneError(
            f"The rater {file} can't be used: {str(error).splitlines()[0]}",
            hint="Move it away: the packaged one serves.",
        ) from error


def shipped_rater() -> FittedRater:
    """Read the rater that is packaged, fitted for the packaged encoder."""
    return _read(files("eval.rating").joinpath("fits", "default.json").read_text(encoding="utf-8"))


def sentences(agreement: Sequence[SetAgreement]) -> tuple[str, ...]:
    """Say how far a rater agrees with labels, a line a set."""
    return tuple(
        f"{item.name}: κ {item.kappa:.2f} [{item.low:.2f}, {item.high:.2f}] on {item.questions} questions not fitted on"
        f" ({item.unseen:.2f} fitted on other sets alone); PWAS {item.pwas:.3f} ({item.unseen_pwas:.3f}), by the labels"
        f" {item.labelled:.3f}"
        for item in agreement
    )


def _read(text: str) -> FittedRater:
    found = _FittedFile.model_validate_json(text)
    if found.version != VERSION:
        raise ValueError(f"it has version {found.version}; this Hone reads version {VERSION}")
    weights = tuple(SignalWeight(**item.model_dump()) for item in found.model.weights)
    return FittedRater(
        version=found.version,
        encoder=found.encoder,
        model=OrdinalModel(weights=weights, biases=found.model.biases, cuts=found.model.cuts),
        labels=found.labels,
        results=found.results,
        agreement=tuple(SetAgreement(**item.model_dump()) for item in found.agreement),
    )
