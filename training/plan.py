"""What a retraining is asked to do."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from training.fitting.options import FitOptions
from training.gate.rules import RULES as GATE_RULES
from training.gate.rules import GateRules
from training.mining.records import RULES as MINING_RULES
from training.mining.records import MiningRules

DEFAULT_BUDGET = timedelta(minutes=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """How to retrain; the defaults are what `hone models retrain` does."""

    tier: str = "auto"
    budget: timedelta = DEFAULT_BUDGET  # for learning; encoding the library anew and the gate come on top
    pairs: tuple[Path, ...] = ()  # files that a person brings
    promote: bool = True  # a candidate that has passed
    keep_refused: bool = False  # leave a refused candidate's index where it is, for whoever wants to measure it
    resume: bool = False  # go on with a retraining that was cut off
    general: float = 0.1  # share of general text among what is learned from
    seed: int = 7
    canary: Path | None = None  # a BEIR folder of general questions; the sample company where none is given
    device: str = "auto"
    options: FitOptions = field(default_factory=FitOptions)
    mining: MiningRules | None = MINING_RULES  # none: no hard negatives are looked for
    gate: GateRules = GATE_RULES
