"""The fitted rater as a file: its numbers, what it was fitted on, and how far it agrees with labels it never saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import ClassVar

from pydantic import ConfigDict

from agents.fitted import FORBID, read_fit
from eval.rating.ordinal import OrdinalModel

VERSION = 1  # any change to what a signal means raises it: what was fitted before no longer speaks of the same


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgreement:
    """How far the rater agrees with one set's labels: weighted kappa on questions that it was not fitted on."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID

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

    __pydantic_config__: ClassVar[ConfigDict] = FORBID

    version: int
    encoder: str  # the hash of the encoder whose signals it weighs
    model: OrdinalModel
    labels: str  # what the grades it was fitted on mean
    results: int  # that it was fitted on
    agreement: tuple[SetAgreement, ...]


def shipped_rater() -> FittedRater:
    """Read the rater that is packaged, fitted for the packaged encoder."""
    text = files("eval.rating").joinpath("fits", "default.json").read_text(encoding="utf-8")
    return read_fit(FittedRater, text, VERSION)


def sentences(agreement: Sequence[SetAgreement]) -> tuple[str, ...]:
    """Say how far a rater agrees with labels, a line a set."""
    return tuple(
        f"{item.name}: κ {item.kappa:.2f} [{item.low:.2f}, {item.high:.2f}] on {item.questions} questions not fitted on"
        f" ({item.unseen:.2f} fitted on other sets alone); PWAS {item.pwas:.3f} ({item.unseen_pwas:.3f}), by the labels"
        f" {item.labelled:.3f}"
        for item in agreement
    )
