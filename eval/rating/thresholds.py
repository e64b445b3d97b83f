"""The fitted rater's thresholds, moved to what people of this workspace have labelled.

What signals weigh stays as it was shipped: a few dozen labels can't teach that, but they tell how high the level is,
which is what differs most between one corpus and another. Agreement is only ever told of grades whose thresholds were
fitted without the question they belong to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from eval.rating.fitted import AS_ASKED, FittedRater, GradedSignals, GradeThresholds, move_cuts, shipped_rater
from eval.rating.judge import Rater
from eval.rating.pages import logged_pages
from eval.rating.people import NEEDED
from eval.rating.rate import pairs_of
from eval.rating.signals import SignalsRater, measure
from eval.rating.store import Keys, RatingStore
from eval.statistics import Interval, weighted_kappa
from hone.errors import HoneError
from retriever.searching.searcher import Searcher

QUESTIONS = 10  # that labels must be spread over: fewer, and a fold has hardly two to be held against
FOLDS = 5
LOOKED = 1000  # of the newest searches, for the texts that labels are of
DEEPEST = 100  # place of a page that can be labelled


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledResult:
    """One result that a person has graded, and what was measured of it."""

    keys: Keys
    row: GradedSignals


def calibrated(
    rater: Rater, searcher: Searcher, store: RatingStore, *, own: bool = True
) -> tuple[Rater, GradeThresholds | None]:
    """Choose the thresholds a rater grades by, and say which these are; an LLM has none."""
    if not isinstance(rater, SignalsRater):
        return rater, None
    found = calibrate(searcher, store) if own else AS_ASKED
    return (SignalsRater(searcher, found.fitted) if found.fitted else rater), found


def calibrate(searcher: Searcher, store: RatingStore) -> GradeThresholds:
    """Move the shipped rater's thresholds to the labels there are, or say that they are too few."""
    return calibrate_on(list(_labelled(searcher, store)), shipped_rater())


def calibrate_on(labelled: Sequence[LabelledResult], shipped: FittedRater) -> GradeThresholds:
    """Move a rater's thresholds to labels, and hold each label against thresholds that never saw its question."""
    folds = _folds(labelled)
    if len(labelled) < NEEDED or len(folds) < QUESTIONS:
        few = f"there are {len(labelled)} labels of {len(folds)} questions here, and {NEEDED} of {QUESTIONS} would move"
        told = f"the shipped thresholds, fitted on other corpora: {few} them"
        return GradeThresholds(source="shipped", told=told, labels=len(labelled), questions=len(folds))
    held_out = dict[Keys, int]()
    for fold in range(FOLDS):
        model = move_cuts(shipped.model, [item.row for item in labelled if folds[item.keys[0]] != fold])
        held_out |= {item.keys: model.grade(item.row.signals) for item in labelled if folds[item.keys[0]] == fold}
    model, kappa = move_cuts(shipped.model, [item.row for item in labelled]), _kappa(labelled, held_out)
    before = _kappa(labelled, {item.keys: shipped.model.grade(item.row.signals) for item in labelled})
    return GradeThresholds(
        source="own",
        told=f"thresholds moved to {len(labelled)} labels of {len(folds)} questions here: κ {kappa}, each label held "
        f"against thresholds that never saw its question; the shipped thresholds have κ {before}",
        labels=len(labelled),
        questions=len(folds),
        fitted=replace(shipped, model=model, agreement=()),  # what was measured elsewhere was with other thresholds
        held_out=held_out,
    )


def _kappa(labelled: Sequence[LabelledResult], grades: Mapping[Keys, int]) -> Interval:
    drawn = [item for item in labelled for _ in range(round(item.row.weight))]
    people, judge = [item.row.grade for item in drawn], [grades[item.keys] for item in drawn]
    return weighted_kappa(people, judge, clusters=[item.keys[0] for item in drawn])


def _folds(labelled: Sequence[LabelledResult]) -> dict[str, int]:
    """Deal the questions out; they go by hashes, so that their order is by chance and the same each time."""
    return {query: place % FOLDS for place, query in enumerate(sorted({item.keys[0] for item in labelled}))}


def _labelled(searcher: Searcher, store: RatingStore) -> Iterator[LabelledResult]:
    """Measure what was labelled, as far as the log and the library still have it; the newest label of each counts."""
    grades, times = {label.keys: label.grade for label in store.labels()}, store.times()
    found = pairs_of(logged_pages(searcher.workspace, limit=LOOKED, depth=DEEPEST), DEEPEST) if grades else {}
    pairs = [found[keys] for keys in sorted(grades) if keys in found]
    for _, group in groupby(pairs, key=lambda pair: pair.keys[0]):
        same = list(group)
        try:
            measured = measure(searcher, same[0].query, [pair.hit for pair in same], same[0].asker)
        except HoneError:  # a question that can't be searched for has no grade by this rater either
            continue
        for pair, signals in zip(same, measured, strict=True):
            row = GradedSignals(signals=signals, grade=grades[pair.keys], weight=times.get(pair.keys, 1))
            yield LabelledResult(keys=pair.keys, row=row)
