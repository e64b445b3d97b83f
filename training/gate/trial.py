"""What is put before the gate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hone.registry import Generation
from training.gate.rules import RULES, GateRules
from training.pairs.splits import Splits
from training.records import Judgment


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A candidate beside the live model, and what both are asked."""

    version: str  # m0003
    live: Generation
    candidate: Generation  # built beside the live one
    splits: Splits  # the test pairs are held out
    judgments: Sequence[Judgment] = ()  # what else is known to answer the held-out questions
    rules: GateRules = RULES
    inverse_propensity: Callable[[int], float] = lambda _: (
        1.0
    )  # of a place: how many questions one answered there stands for
    canary: Path | None = None  # a BEIR folder; the sample company where none is given
