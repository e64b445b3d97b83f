"""Numbers in an order that chance decides and a seed repeats."""

from typing import Any

import numpy as np


def shuffled(count: int, *seed: int) -> list[int]:
    """Give the numbers below `count` in a drawn order."""
    drawn: Any = np.random.default_rng(seed).permutation(count)
    return drawn.tolist()
