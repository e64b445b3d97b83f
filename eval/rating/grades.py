"""What a grade means, and what a page of graded results is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

HIGHEST = 3
DEPTH = 10  # places of a page that count

# What people are told while labelling, and the LLM in its prompt; the fitted rater's labels follow the same ladder.
MEANINGS = (
    "has nothing to do with the question",
    "is about the same subject, but does not help to answer it",
    "holds a part of the answer, or holds it unclearly or among much else",
    "answers the question",
)

Grades = Sequence[int | None]  # of a page's results in order; none where nobody could grade one


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a score would be if everything ungraded were worthless, and if it were perfect."""

    low: float
    high: float


def position_weight(rank: int) -> float:
    """Return the weight of a rank, from 1 at the top down."""
    return 1.0 / log2(rank + 1)


def total_weight(depth: int = DEPTH) -> float:
    """Sum the weights of all ranks of a page."""
    return sum(map(position_weight, range(1, depth + 1)))


def pwas(grades: Grades, depth: int = DEPTH) -> float | None:
    """Compute the position-weighted average score: places weigh 1/log2(rank + 1), an empty one scores zero.

    A place whose result could not be graded is left out of both sums; a page where none could be has no score.
    """
    seen = list(grades[:depth])
    ungraded = sum(position_weight(rank) for rank, grade in enumerate(seen, 1) if grade is None)
    if seen and all(grade is None for grade in seen):
        return None
    return _earned(seen) / (total_weight(depth) - ungraded)


def bounds(grades: Grades, depth: int = DEPTH) -> Bounds:
    """Return the score with everything ungraded at zero, and with all of it at the top."""
    seen = list(grades[:depth])
    low, high = ([other if grade is None else grade for grade in seen] for other in (0, HIGHEST))
    whole = total_weight(depth)
    return Bounds(low=_earned(low) / whole, high=_earned(high) / whole)


def _earned(grades: Grades) -> float:
    return sum(position_weight(rank) * (grade or 0) / HIGHEST for rank, grade in enumerate(grades, 1))
