"""How well scores tell questions that have an answer from those that have none."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Labels = NDArray[np.bool_]

COVERAGES = (0.2, 0.4, 0.6, 0.8, 1.0)


def auroc(scores: Scores, answerable: Labels) -> float:
    """Give the chance that a question with an answer scores above one without; half of it for a tie."""
    able, lacking = scores[answerable], scores[~answerable]
    if not len(able) or not len(lacking):
        return float("nan")
    return float((able[:, None] > lacking).mean() + (able[:, None] == lacking).mean() / 2)


def risks(scores: Scores, answerable: Labels) -> Mapping[float, float]:
    """Give the share without an answer among the surest so many of a hundred questions, by coverage."""
    order = np.argsort(-scores, kind="stable")
    counts = {part: max(1, round(part * len(order))) for part in COVERAGES}
    return {part: float((~answerable[order[:count]]).mean()) for part, count in counts.items()}
