"""Which checkpoint is kept: the last one that none before it beats by more than chance.

Questions made from a log know answers mostly where the live search ranks them high. After some evaluations they are all
found and their mean moves by chance, while questions that were missed go on getting better; the one with the
luckiest mean would be an early one.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.fitting.processes import is_first
from training.lesson.dev_set import DevSet

FILE = "best-look.npy"

Scores = NDArray[np.float64]  # one a development question


class CheckpointChoice:
    """Holds every evaluation against the best one before it, which a fit that goes on finds again."""

    def __init__(self, dev: DevSet, work: Path, *, resume: bool) -> None:
        self._dev, self._file = dev, work / FILE
        self._best: Scores | None = np.load(self._file) if resume and self._file.is_file() else None

    def may_be_kept(self, scores: Scores) -> bool:
        """Check whether a checkpoint is as good as the best before it, as far as these questions can tell."""
        if self._best is None or self._dev.mean(scores) > self._dev.mean(self._best):
            self._best = scores
            if is_first():
                self._file.parent.mkdir(parents=True, exist_ok=True)
                np.save(self._file, scores)
            return True
        gap, error = self._dev.gap(self._best, scores)
        return gap <= error
