"""Fitted linear models: what each signal weighs, and the JSON files that they are kept in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import ConfigDict, TypeAdapter

FORBID = ConfigDict(extra="forbid")


class FittedModel(Protocol):
    """A dataclass that knows the version of the signals it was fitted on."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def version(self) -> int:
        """What the signals meant then."""
        ...


AnyFittedModel = TypeVar("AnyFittedModel", bound=FittedModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalWeight:
    """What one signal counts for, measured from its mean in units of its spread."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID

    signal: str
    mean: float
    spread: float
    weight: float


def weighted_sum(weights: Sequence[SignalWeight], signals: Mapping[str, float]) -> float:
    """Weigh signals; one that is missing counts as it mostly is."""
    return sum(item.weight * (signals.get(item.signal, item.mean) - item.mean) / item.spread for item in weights)


def save_fit(fit: FittedModel, file: Path) -> None:
    """Write a fit as JSON."""
    partial = file.with_suffix(".tmp")
    partial.write_text(json.dumps(asdict(fit), indent=1) + "\n", encoding="utf-8")
    partial.replace(file)


def read_fit(kind: type[AnyFittedModel], text: str, version: int) -> AnyFittedModel:
    """Read a fit of one kind; a `ValueError` says what is wrong with it."""
    fit = TypeAdapter(kind).validate_json(text)
    if fit.version != version:
        raise ValueError(f"it has version {fit.version}; this Hone reads version {version}")
    return fit
