"""What a cosine is measured against: the cosine of two random passages of the same library."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """The cosine of two passages taken at random, which is what a cosine is worth nothing at."""

    mean: float
    deviation: float


# The packaged encoder on a library of many subjects; for libraries too small to measure.
TYPICAL = Background(mean=0.06, deviation=0.125)
FEWEST = 20  # passages that a background can be measured on


def measure_background(vectors: NDArray[np.float32]) -> Background:
    """Measure the cosine over all pairs of these unit vectors; some thousand random passages are enough."""
    count = len(vectors)
    if count < FEWEST:
        return TYPICAL
    rows = vectors.astype(np.float64)
    centre, moments = rows.mean(axis=0), rows.T @ rows / count
    # Both sums run over every pair without forming one; a passage's pair with itself is taken out again.
    pairs = count * (count - 1)
    mean = (count**2 * float(centre @ centre) - count) / pairs
    square = (count**2 * float((moments**2).sum()) - count) / pairs
    deviation = max(square - mean**2, 0.0) ** 0.5
    return Background(mean=mean, deviation=deviation) if deviation > 1e-6 else TYPICAL
