"""What a tier is given, and what it gives back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hone.progress import Progress
from hone.records import FusionWeights
from training.candidates.manifest import HistoryPoint, TierName
from training.fitting.options import FitOptions
from training.lesson.training_data import TrainingData

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierJob:
    """Training data, with where to work and until when."""

    data: TrainingData
    source: Path  # the live model's folder
    workdir: Path  # a folder of this tier's own
    options: FitOptions
    until: float  # monotonic
    device: str = "auto"
    truncate_dim: int | None = None  # how long the live model's vectors are cut
    resume: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Matrices that turn the live model's vectors into the new ones."""

    query: Matrix
    passage: Matrix | None  # none: passages' vectors stay as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a tier came to."""

    tier: TierName
    score: float  # nDCG@10 of the fused order over the development questions, with its own weights
    weights: FusionWeights
    lost: float = 0.0  # of R@10 outside the domain, by meaning alone; below zero: gained
    folder: Path | None = None  # a model folder; none where no vector changes
    heads: Heads | None = None
    history: tuple[HistoryPoint, ...] = ()
    said: str = ""


class Tier(Protocol):
    """Learns from training data within its time."""

    def __call__(self, job: TierJob, progress: Progress) -> Attempt: ...
