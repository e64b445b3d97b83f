"""How much likelier people look at the first place than at the tenth, estimated from the log.

The model is the usual one: a click is a look at the place times a liking for the passage. Where the same passage was
shown for the same question at several places, the two can be told apart; where the settings have a share of pages
shuffled, `training/evidence/randomised.py` does it better. Published comparisons say what to
expect of it: it predicts clicks better, and agrees with people's labels no better. So it only shifts weight among
clicks.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from hone.log.traces import SearchTrace, Traces
from training.evidence.randomised import ENOUGH as ENOUGH_RANDOMISED
from training.evidence.randomised import Measured, measure
from training.pairs.questions import key_of
from training.records import Evidence

Method = Literal["randomised", "estimated", "default", "none"]

PLACES = 10  # beyond them a place counts as the last
ENOUGH = 200  # clicks on pairs shown at several places; with fewer, a place's rate swings by a half
HALF = 0.5  # a click, added to all counts: nothing is ever nought
# Where the log tells too little: looks fall with the square root of the place, between no bias and the 1/place that
# eye-tracking of web search found. A guess, and marked as one.
DEFAULT = tuple(place**-0.5 for place in range(1, PLACES + 1))
LEAST = 0.1  # no click counts for more than ten
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How likely each place is looked at, the first being 1."""

    method: Method
    looks: tuple[float, ...]
    pairs: int = 0  # shown at several places
    clicks: int = 0  # on those, or on neighbours that a coin put in order
    searches: int = 0  # with such neighbours
    gain: float = 0.0  # in log-likelihood, on searches that were held out, over no bias at all

    def at(self, rank: int | None) -> float:
        """Give how likely a place is looked at; of an unknown place, as if it were the first."""
        return 1.0 if rank is None or rank < 1 else self.looks[min(rank, PLACES) - 1]

    def stands_for(self, rank: int | None) -> float:
        """Tell how many one stands for that was found at a place: who did not look so far down could not find it."""
        return 1 / max(LEAST, self.at(rank))


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionEffect:
    """Whether weighing clicks by place changed anything."""

    curve: Curve
    clicks: int
    questions: int  # with more than one passage clicked: only there can an order change
    changed: int  # of these, another passage weighs most now


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Evidence with its clicks weighed by place."""

    evidence: tuple[Evidence, ...]
    effect: PositionEffect


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Impressions and clicks by pair and place."""

    shown: Numbers
    clicked: Numbers


def estimate(traces: Traces, evidence: Sequence[Evidence]) -> Curve:
    """Estimate the curve from clicks that are honest, and use none where it predicts held-out searches no better.

    Shuffled pages are asked first, where there are enough of them: they owe nothing to what people like.
    """
    clicks = {(item.search, item.passage) for item in evidence if item.kind == "click"}
    shown = [seen for seen in traces.searches.values() if seen.id not in traces.answered]  # an answer is no list
    measured = measure(shown, clicks, DEFAULT)
    if measured.clicks >= ENOUGH_RANDOMISED:
        return _randomised(measured)
    halves = _tables(shown, clicks)
    both = _Table(shown=halves[0].shown + halves[1].shown, clicked=halves[0].clicked + halves[1].clicked)
    total = int(both.clicked.sum())
    if total < ENOUGH:
        return Curve(method="default", looks=DEFAULT, pairs=len(both.shown), clicks=total, searches=measured.searches)
    gain = _gain(halves[0], halves[1])
    looks = tuple(float(look) for look in fit_looks(both)) if gain > 0 else (1.0,) * PLACES
    method: Method = "estimated" if gain > 0 else "none"
    return Curve(method=method, looks=looks, pairs=len(both.shown), clicks=total, searches=measured.searches, gain=gain)


def weigh(evidence: Sequence[Evidence], curve: Curve, traces: Traces) -> Weighed:
    """Let clicks far down count for more, and those at the top for less; together they weigh what they did."""
    places = [place for place, item in enumerate(evidence) if item.kind == "click"]
    factors = np.array([1 / max(LEAST, _looked(evidence[place], curve, traces)) for place in places])
    factors = factors / factors.mean() if places else factors
    weighed = list(evidence)
    for place, factor in zip(places, factors, strict=True):
        weighed[place] = replace(evidence[place], weight=min(1.0, evidence[place].weight * float(factor)))
    before, after = _best(evidence[place] for place in places), _best(weighed[place] for place in places)
    contested = [key for key, passages in before.items() if len(passages) > 1]
    changed = sum(_first(before[key]) != _first(after[key]) for key in contested)
    effect = PositionEffect(curve=curve, clicks=len(places), questions=len(contested), changed=changed)
    return Weighed(evidence=tuple(weighed), effect=effect)


def _randomised(measured: Measured) -> Curve:
    helps = measured.gain > 0
    return Curve(
        method="randomised" if helps else "none",
        looks=measured.looks if helps else (1.0,) * PLACES,
        clicks=measured.clicks,
        searches=measured.searches,
        gain=measured.gain,
    )


def fit_looks(table: _Table) -> Numbers:
    """Find how likely places are looked at; never more likely further down, and the first is 1.

    For each two places, the passages shown at both are clicked at rates whose ratio is that of the looks, whatever
    they are liked. One curve is put through all ratios by least squares, each weighing what its clicks can tell. EM
    over a liking for every passage gives the same within .06 on a simulated log of 100,000 searches.
    """
    rates = np.divide(table.clicked, table.shown, out=np.zeros_like(table.shown), where=table.shown > 0)
    rows, ratios, weights = [np.eye(PLACES)[0]], [0.0], [1e6]  # the first place is what others are measured by
    for upper, lower in combinations(range(PLACES), 2):
        both = (table.shown[:, upper] > 0) & (table.shown[:, lower] > 0)
        clicks = table.clicked[both][:, [upper, lower]].sum(0) + HALF
        summed = rates[both][:, [upper, lower]].sum(0) + HALF
        rows.append(np.eye(PLACES)[upper] - np.eye(PLACES)[lower])
        ratios.append(float(np.log(summed[0] / summed[1])))
        weights.append(float(1 / (1 / clicks).sum()) if both.any() else 0.0)
    rows += list(np.eye(PLACES)[1:] - np.eye(PLACES)[:-1])  # where nothing was seen: as the place above
    ratios, weights = [*ratios, *[0.0] * (PLACES - 1)], [*weights, *[HALF] * (PLACES - 1)]
    scale = np.sqrt(np.array(weights))
    found = np.linalg.lstsq(np.array(rows) * scale[:, None], np.array(ratios) * scale, rcond=None)[0]
    return np.clip(np.minimum.accumulate(np.exp(found)), LEAST, 1.0)


def _tables(searches: Iterable[SearchTrace], clicks: set[tuple[str, str]]) -> tuple[_Table, _Table]:
    """Count impressions of pairs shown at several places; searches fall into two halves by their ids.

    A pair that nobody clicked is liked by nobody, wherever it stood, and tells nothing of places.
    """
    asked: dict[str, list[SearchTrace]] = defaultdict(list)
    liked: dict[str, set[str]] = defaultdict(set)
    for search in searches:
        asked[key_of(search.query)].append(search)
        liked[key_of(search.query)].update(passage for passage in search.shown if (search.id, passage) in clicks)
    seen: dict[tuple[str, str], list[tuple[int, int, bool]]] = defaultdict(list)
    for key, passages in liked.items():
        for search in asked[key] if passages else ():
            half = crc32(search.id.encode()) & 1
            page = search.shown[:PLACES]
            for passage in passages.intersection(page):
                seen[key, passage].append((half, page.index(passage), (search.id, passage) in clicks))
    moved = [found for found in seen.values() if len({place for _, place, _ in found}) > 1]
    counts = np.zeros((2, 2, len(moved), PLACES))
    for row, found in enumerate(moved):
        for half, place, clicked in found:
            counts[half, 0, row, place] += 1
            counts[half, 1, row, place] += clicked
    return _Table(shown=counts[0, 0], clicked=counts[0, 1]), _Table(shown=counts[1, 0], clicked=counts[1, 1])


def _gain(fitted: _Table, held_out: _Table) -> float:
    """Compare the curve with a flat one on searches it has not seen, with likings from those that it has."""
    return _likelihood(fit_looks(fitted), fitted, held_out) - _likelihood(np.ones(PLACES), fitted, held_out)


def _likelihood(looks: Numbers, fitted: _Table, held_out: _Table) -> float:
    expected = (fitted.shown * looks).sum(1) + 2
    mean = fitted.clicked.sum() / max(1.0, (fitted.shown * looks).sum())
    likes = (fitted.clicked.sum(1) + 2 * mean) / expected  # two impressions' worth of the average
    chance = np.clip(looks * likes[:, None], 1e-6, 1 - 1e-6)
    hits, misses = held_out.clicked, held_out.shown - held_out.clicked
    total = (hits * np.log(chance) + misses * np.log(1 - chance)).sum()
    return float(total / max(1.0, held_out.shown.sum()))


def _looked(item: Evidence, curve: Curve, traces: Traces) -> float:
    """Take what the search itself recorded where it shuffled, and the curve elsewhere."""
    search = traces.searches.get(item.search)
    known = search.propensity if search else ()
    if item.rank is not None and 0 < item.rank <= len(known):
        return known[item.rank - 1]
    return curve.at(item.rank)


def _best(clicks: Iterable[Evidence]) -> Mapping[str, Mapping[str, float]]:
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    for item in clicks:
        known = weights[key_of(item.query)]
        known[item.target] = known.get(item.target, 0.0) + item.weight
    return weights


def _first(weights: Mapping[str, float]) -> str:
    return min(weights, key=lambda target: (-weights[target], target))
