"""Where pairs come from. Another source is a function of this form and a line in the table."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from retriever.library.library import Library
from training.records import Judgment, Pair, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class PairInputs:
    """What sources may draw on."""

    library: Library
    judgments: tuple[Judgment, ...] = ()
    files: tuple[Path, ...] = ()  # that a person brought
    general: int = 0  # how many pairs of general text are wanted


class PairSource(Protocol):
    """Yields pairs with what they rest on; whether they are used is decided by whoever asked."""

    def __call__(self, given: PairInputs) -> Iterable[Pair]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSource:
    """A source under the name that its pairs bear."""

    name: Source
    pairs: PairSource
    general: bool = False  # mixed in against forgetting: never held out, never more than a share
