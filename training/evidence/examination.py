"""How likely people look at each place of a page, and how many questions one stands for that was answered there.

Pages that the search itself shuffled tell, where there are enough of them. It is not guessed from pages that moved by
themselves, and no click is weighed by it: on the log where that was tried it changed no judgment.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from hone.log.traces import SearchTrace, Traces
from hone.records import Shuffle
from training.records import RelevanceEvidence

# Clicks on such pairs from which on they are asked. In simulations where few questions are asked twice, 350 to 1,000 of
# them come two to four times nearer to a planted curve than what pages tell that moved by themselves.
ENOUGH = 200
# Few clicks tell how steep the curve is as a whole, and only many where it bends: each ratio is drawn towards the
# assumed curve, made as steep as all ratios together say.
STEEPNESS = 0.5
SMOOTH = 20.0  # clicks' worth
FOLDS = 5
HALF = 0.5  # a click, added to all counts: nothing is ever nought
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredExamination:
    """What shuffled pages tell."""

    examination: tuple[float, ...]  # how likely each place is looked at, the first being 1
    searches: int
    clicks: int  # on pairs whose order a coin decided
    gain: float  # in log-likelihood a click, on searches that were held out, over no bias at all


def measure(
    searches: Iterable[SearchTrace], clicks: Set[tuple[str, str]], assumed: tuple[float, ...]
) -> MeasuredExamination:
    """Measure the curve, and what it is worth on searches that it was not measured on."""
    shown, clicked, count = _counts(searches, clicks, len(assumed) - 1)
    prior = -np.diff(np.log(np.array(assumed)))
    every, total = (shown.sum(0), clicked.sum(0)), float(clicked.sum())
    rests = [(every[0] - shown[fold], every[1] - clicked[fold]) for fold in range(FOLDS)]
    gain = sum(_gain(_ratios(*rest, prior), clicked[fold]) for fold, rest in enumerate(rests))
    ratios = _ratios(*every, prior)
    return MeasuredExamination(
        examination=tuple(float(value) for value in np.exp(-np.concatenate([[0.0], np.cumsum(ratios)]))),
        searches=count,
        clicks=int(total),
        gain=gain / max(1.0, total),
    )


def _counts(searches: Iterable[SearchTrace], clicks: Set[tuple[str, str]], pairs: int) -> tuple[Numbers, Numbers, int]:
    """Count pages by fold, pair and side of the coin, and clicks by place in the pair too; searches fall by their ids.

    Sides are kept apart, since a coin that fell one way oftener would else pass for a place that is looked at more.
    """
    shown, clicked, count = np.zeros((FOLDS, pairs, 2)), np.zeros((FOLDS, pairs, 2, 2)), 0
    for search in searches:
        if search.shuffle is None:
            continue
        fold, count = crc32(search.id.encode()) % FOLDS, count + 1
        for upper, side in _pairs(search.shuffle, min(pairs, len(search.shown) - 1)):
            shown[fold, upper, side] += 1
            for place in (0, 1):
                clicked[fold, upper, side, place] += (search.id, search.shown[upper + place]) in clicks
    return shown, clicked, count


def _pairs(shuffle: Shuffle, end: int) -> Iterable[tuple[int, int]]:
    """Return the upper place of each pair on the page, from 0, and how its coin fell."""
    for pair, swapped in enumerate(shuffle.swapped):
        if (upper := shuffle.first - 1 + 2 * pair) < end:
            yield upper, int(swapped)


def _ratios(shown: Numbers, clicked: Numbers, prior: Numbers) -> Numbers:
    """Give, for each pair, the logarithm of how much likelier the upper place is looked at; at least 0."""
    sides = shown.sum(1, keepdims=True) / 2 / np.maximum(shown, 1)  # each side as if the coin had fallen evenly
    even: Numbers = (clicked * sides[:, :, None]).sum(1)
    counts: Numbers = np.where(shown.min(1)[:, None] > 0, even, clicked.sum(1)) + HALF
    found, weights = np.log(counts[:, 0] / counts[:, 1]), 1 / (1 / counts).sum(1)
    told, known = (weights * found * prior).sum(), (weights * prior**2).sum()
    steepness = max(0.0, (told + STEEPNESS) / (known + STEEPNESS))
    return np.maximum(0.0, (weights * found + SMOOTH * steepness * prior) / (weights + SMOOTH))


def _gain(ratios: Numbers, clicked: Numbers) -> float:
    """Compare what ratios expect of clicks with clicks that fall alike on both places, in log-likelihood."""
    upper = 1 / (1 + np.exp(-ratios))
    counts = clicked.sum(1)
    return float((counts[:, 0] * np.log(2 * upper) + counts[:, 1] * np.log(2 * (1 - upper))).sum())


Method = Literal["randomised", "default", "none"]

PLACES = 10  # beyond them a place counts as the last
# Where the log tells too little: examination falls with the square root of the place, between no bias and the 1/place
# that eye-tracking of web search found. A guess, and marked as one.
DEFAULT = tuple(place**-0.5 for place in range(1, PLACES + 1))
LEAST = 0.1  # no question stands for more than ten


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminationCurve:
    """How likely each place is looked at, the first being 1."""

    method: Method
    examination: tuple[float, ...]
    clicks: int = 0  # on neighbours that a coin put in order
    searches: int = 0  # with such neighbours
    gain: float = 0.0  # in log-likelihood, on searches that were held out, over no bias at all

    def inverse_propensity(self, rank: int) -> float:
        """Weigh a question by the place of its answer: who did not look so far down could not find it."""
        return 1 / max(LEAST, self.examination[min(rank, PLACES) - 1])


def estimate(traces: Traces, evidence: Sequence[RelevanceEvidence]) -> ExaminationCurve:
    """Measure the curve from honest clicks on shuffled pages; none where it predicts held-out searches no better."""
    clicks = {(item.search, item.passage) for item in evidence if item.kind == "click"}
    shown = [seen for seen in traces.searches.values() if seen.id not in traces.answered]  # an answer is no list
    measured = measure(shown, clicks, DEFAULT)
    found: tuple[Method, tuple[float, ...]] = ("randomised", measured.examination)
    if measured.clicks < ENOUGH:
        found = ("default", DEFAULT)
    elif measured.gain <= 0:
        found = ("none", (1.0,) * PLACES)
    method, examination = found
    return ExaminationCurve(
        method=method,
        examination=examination,
        clicks=measured.clicks,
        searches=measured.searches,
        gain=measured.gain,
    )
