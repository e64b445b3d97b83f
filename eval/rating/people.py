"""How far a judge agrees with people, what the score would be by them, and which results they are asked to label.

Results lie in a row, ordered by the judge's grade and by rank, each as long as what it counts for in the score; from a
random start, one is taken every so far. So every grade and rank is there in its share, which is what strata are for,
and a result's chance of being drawn is what it weighs: plain means over the labels are already those of the
position-weighted score, and no weights have to be carried along. A result longer than a step is drawn more than once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.rating.judge import HIGHEST, passage_key, position_weight, query_key, total_weight
from eval.rating.rate import GradedPage, Rating
from eval.rating.store import Drawn, Keys, Label, RatingStore
from eval.statistics import NOTHING, Interval, prediction_powered, weighted_kappa


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """One graded pair, wherever it was shown."""

    keys: Keys
    search: str  # the newest that showed it
    passage: str
    query: str
    grade: int
    rank: int
    weight: float  # its part of the mean score, were its grade the highest


def pool_of(rating: Rating) -> list[Pooled]:
    """List what could be labelled: every graded pair once, with all that it counts for."""
    found: dict[Keys, Pooled] = {}
    pages = rating.scored
    for page in pages:
        for item in _pooled(page, rating.depth, len(pages)):
            before = found.get(item.keys)
            found[item.keys] = item if before is None else _joined(before, item)
    return list(found.values())


def draw(pool: Sequence[Pooled], count: int, seed: int) -> list[Drawn]:
    """Draw so many results, in random order, so that the first of them are a sample as well."""
    chance = np.random.default_rng(seed)
    taken = _taken(pool, min(count, len(pool)), float(chance.random()))
    drawn = [Drawn(search=item.search, passage=item.passage, keys=item.keys, times=times) for item, times in taken]
    return [drawn[place] for place in chance.permutation(len(drawn))]


def evened(pool: Sequence[Pooled], count: int) -> list[int]:
    """Draw this many grades to represent all: each as often as its results weigh."""
    return [item.grade for item, times in _taken(pool, count, 0.5) for _ in range(times)]


def _taken(pool: Sequence[Pooled], count: int, start: float) -> list[tuple[Pooled, int]]:
    order = sorted(pool, key=lambda item: (item.grade, item.rank, item.keys))
    if not order:
        return []
    ends = np.cumsum(np.array([item.weight for item in order], dtype=np.float64))
    points = (np.arange(count, dtype=np.float64) + start) * float(ends[-1]) / count
    places: list[int] = np.minimum(np.searchsorted(ends, points, side="right"), len(order) - 1).tolist()
    return [(order[place], times) for place, times in Counter(places).items()]


def _pooled(page: GradedPage, depth: int, pages: int) -> list[Pooled]:
    ungraded = sum(position_weight(rank) for rank, grade in enumerate(page.grades, 1) if grade is None)
    whole = (total_weight(depth) - ungraded) * pages
    key = query_key(page.page.query)
    return [
        Pooled(
            keys=(key, passage_key(hit)),
            search=page.page.id,
            passage=hit.passage,
            query=page.page.query,
            grade=grade,
            rank=rank,
            weight=position_weight(rank) / whole,
        )
        for rank, (hit, grade) in enumerate(zip(page.page.results, page.grades, strict=False), 1)
        if hit is not None and grade is not None
    ]


def _joined(one: Pooled, other: Pooled) -> Pooled:
    return Pooled(
        keys=one.keys,
        search=one.search,
        passage=one.passage,
        query=one.query,
        grade=one.grade,
        rank=min(one.rank, other.rank),
        weight=one.weight + other.weight,
    )


NEEDED = 30  # labels below which nothing is said of the agreement: its interval would span most of the scale


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleCheck:
    """A judge against people, on the results that both have graded."""

    labels: int
    people: int
    kappa: Interval  # quadratic; draws whole questions
    pwas: Interval  # prediction-powered: by people, from few labels of theirs and the judge's grades of all
    exact: float  # share of equal grades

    @property
    def enough(self) -> bool:
        """Check whether there are labels enough to believe anything."""
        return self.labels >= NEEDED


def check_against_people(rating: Rating, store: RatingStore) -> PeopleCheck:
    """Compare a rating's grades with the labels there are for the same texts; the newest label of each counts.

    A judge whose thresholds follow these labels is held against them by grades that were made without them.
    """
    newest: dict[Keys, Label] = {label.keys: label for label in store.labels()}
    pool = pool_of(rating)
    labelled = [(item, newest[item.keys]) for item in pool if item.keys in newest]
    people = len({label.person for _, label in labelled})
    if len(labelled) < NEEDED:
        return PeopleCheck(labels=len(labelled), people=people, kappa=NOTHING, pwas=NOTHING, exact=float("nan"))
    drawn = _drawn(labelled, store)
    held_out = rating.calibration.held_out if rating.calibration else dict[Keys, int]()
    judge = [held_out.get(item.keys, item.grade) for item, _ in drawn]
    human = [label.grade for _, label in drawn]
    return PeopleCheck(
        labels=len(labelled),
        people=people,
        kappa=weighted_kappa(human, judge, clusters=[item.query for item, _ in drawn]),
        pwas=_by_people(pool, judge, human),
        exact=sum(one == other for one, other in zip(judge, human, strict=True)) / len(drawn),
    )


def _drawn(labelled: Sequence[tuple[Pooled, Label]], store: RatingStore) -> list[tuple[Pooled, Label]]:
    """Count each label as often as its result was drawn."""
    times = store.times()
    return [pair for pair in labelled for _ in range(times.get(pair[0].keys, 1))]


def _by_people(pool: Sequence[Pooled], judge: Sequence[int], human: Sequence[int]) -> Interval:
    """Scale the mean grade to the score: what lies on the pages is a part of what they have places for."""
    filled = sum(item.weight for item in pool) / HIGHEST
    found = prediction_powered(evened(pool, max(len(pool), len(judge))), judge, human)
    whole = filled * HIGHEST
    return Interval(mean=found.mean * filled, low=max(0.0, found.low * filled), high=min(whole, found.high * filled))
