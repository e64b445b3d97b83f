"""What a leg is: one way of finding passages, with all that has to be known to ask it and to weigh its scores."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hone.workspace import Workspace
from retriever.ranking.background import Background
from retriever.storing.store import LegQuery, PointFilter

Scores = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question as legs are asked it."""

    text: str
    vector: NDArray[np.float32] | None
    words: str  # as the index has them
    filter: PointFilter


Scorer = Callable[[Query], Mapping[str, float]]  # a question → the scores of passages by id


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One way of finding passages.

    Its scores come from the store, by `query`, or from a scorer that `open` makes for a workspace. A scorer need not
    know who asks: what it finds counts only where the store gives it to them too. A leg with neither is not asked with
    every question: whoever searches brings its scores where it has any.
    """

    name: str  # of its stage in the log, its channel of a hit, and its weight; never "power", which weights have too
    label: str  # what people read
    weight: float  # of a unit of its score, where a model names none
    query: Callable[[Query], LegQuery] | None = None
    open: Callable[[Workspace], Scorer] | None = None
    worth: Callable[[Query], float] = lambda query: 1.0  # noqa: ARG005  # of a unit of its score in this question, beside others
    gain: Callable[[Scores, Background, float], Scores] = lambda scores, background, power: scores  # noqa: ARG005
    floor: Callable[[Iterable[float], Background], float] = lambda scores, background: 0.0  # noqa: ARG005  # where it has no score

    @property
    def usual(self) -> bool:
        """Check whether it is asked with every question."""
        return self.query is not None or self.open is not None
