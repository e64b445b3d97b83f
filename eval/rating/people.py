"""How far a judge agrees with people, and what the score would be by them."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.rating.grades import HIGHEST
from eval.rating.rate import Rating
from eval.rating.sampling import Pooled, evened, pool_of
from eval.rating.store import Keys, Label, RatingStore
from eval.statistics import NOTHING, Interval, prediction_powered, weighted_kappa

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
    newest: dict[Keys, Label] = {(label.query, label.passage): label for label in store.labels()}
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
    walk = store.newest_walk()
    times = {item.keys: item.times for item in walk.items} if walk else {}
    return [pair for pair in labelled for _ in range(times.get(pair[0].keys, 1))]


def _by_people(pool: Sequence[Pooled], judge: Sequence[int], human: Sequence[int]) -> Interval:
    """Scale the mean grade to the score: what lies on the pages is a part of what they have places for."""
    filled = sum(item.weight for item in pool) / HIGHEST
    found = prediction_powered(evened(pool, max(len(pool), len(judge))), judge, human)
    whole = filled * HIGHEST
    return Interval(mean=found.mean * filled, low=max(0.0, found.low * filled), high=min(whole, found.high * filled))
