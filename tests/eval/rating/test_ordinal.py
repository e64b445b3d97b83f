import numpy as np
import pytest

from benchmarks.ordinal_fit import fit_ordinal
from eval.rating.fitted import GradedSignals
from eval.statistics import weighted_kappa


def rows(count: int = 600, seed: int = 1, noise: float = 0.5) -> list[GradedSignals]:
    """A signal that grades follow, and one that says nothing; most grades are 0, as in life."""
    chance = np.random.default_rng(seed)
    good, empty = chance.normal(size=count), chance.normal(size=count)
    level = good + noise * chance.normal(size=count)
    grades = np.digitize(level, np.quantile(level, [0.7, 0.8, 0.9]))
    return [
        GradedSignals(signals={"good": float(one), "empty": float(other)}, grade=int(grade))
        for one, other, grade in zip(good, empty, grades, strict=True)
    ]


def test_it_finds_which_signal_counts() -> None:
    model = fit_ordinal(rows(), ("good", "empty"))
    weights = {item.signal: item.weight for item in model.weights}
    assert weights["good"] > 1.0
    assert abs(weights["empty"]) < 0.3


def test_grades_agree_on_rows_it_has_not_seen() -> None:
    model, fresh = fit_ordinal(rows(), ("good", "empty")), rows(seed=2)
    assert weighted_kappa([row.grade for row in fresh], [model.grade(row.signals) for row in fresh]).low > 0.7


def test_as_many_get_each_grade_as_are_labelled_with_it() -> None:
    known = rows(noise=3.0)  # hardly anything to go by: the likeliest grade would be 0 for all
    model = fit_ordinal(known, ("good", "empty"))
    given = [model.grade(row.signals) for row in known]
    labelled = [row.grade for row in known]
    for grade in range(4):
        assert given.count(grade) == pytest.approx(labelled.count(grade), abs=8)


def test_a_higher_grade_is_never_likelier_than_a_lower_one() -> None:
    model = fit_ordinal(rows(), ("good", "empty"))
    for good in (-3.0, 0.0, 3.0):
        least = model.chances({"good": good})
        assert list(least) == sorted(least, reverse=True)


def test_a_missing_signal_counts_as_it_mostly_is() -> None:
    model = fit_ordinal(rows(), ("good", "empty"))
    mean = {item.signal: item.mean for item in model.weights}
    assert model.level({}) == pytest.approx(model.level(mean))


def test_a_set_that_weighs_nothing_changes_nothing() -> None:
    upside_down = [
        GradedSignals(signals={"good": -row.signals["good"]}, grade=row.grade, weight=1e-9) for row in rows()
    ]
    model = fit_ordinal([*rows(), *upside_down], ("good",))
    assert model.weights[0].weight > 1.0


def test_the_hash_names_the_numbers() -> None:
    assert fit_ordinal(rows(), ("good",)).hash == fit_ordinal(rows(), ("good",)).hash
    assert fit_ordinal(rows(), ("good",)).hash != fit_ordinal(rows(seed=3), ("good",)).hash
