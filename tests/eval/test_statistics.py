"""Statistics against numbers worked out by hand, against other libraries, and against what they promise by chance."""

import importlib
import math
from typing import Any

import numpy as np
import pytest

from eval.statistics import (
    NOTHING,
    Interval,
    at_least,
    bootstrap,
    bootstrap_columns,
    detectable,
    holm,
    paired_permutation,
    prediction_powered,
    student,
    weighted_kappa,
)
from hone.errors import HoneError

# Oracles that have no types; they come with sentence-transformers.
SCIPY: Any = importlib.import_module("scipy.stats")
SKLEARN: Any = importlib.import_module("sklearn.metrics")


def test_an_interval_reads_well() -> None:
    assert str(Interval(mean=0.5123, low=0.48, high=0.5449)) == "0.512 [0.480, 0.545]"
    assert str(NOTHING) == "–"
    assert Interval(mean=0.1, low=0.01, high=0.2).excludes_zero
    assert not Interval(mean=0.1, low=-0.01, high=0.2).excludes_zero


def test_the_bootstrap_of_a_mean_is_as_wide_as_its_standard_error_says() -> None:
    values = np.random.default_rng(1).normal(0.5, 0.2, 400)
    found, error = bootstrap(values), values.std(ddof=1) / 20
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.06)
    assert bootstrap(values) == found, "the same seed gives the same figures"
    assert bootstrap(values, seed=8) != found


def test_the_bootstrap_covers_the_truth_about_as_often_as_it_says() -> None:
    chance = np.random.default_rng(5)
    samples = chance.binomial(1, 0.4, size=(300, 80)).astype(float)
    inside = [found.low <= 0.4 <= found.high for found in (bootstrap(row, resamplings=400) for row in samples)]
    assert 0.90 <= np.mean(inside) <= 0.98


def test_a_mean_by_any_road_is_the_same() -> None:
    values = np.random.default_rng(2).random(50)
    by_hand = bootstrap(values, lambda rows: rows.mean(axis=1))
    assert (by_hand.low, by_hand.high) == pytest.approx((bootstrap(values).low, bootstrap(values).high))
    column = bootstrap_columns(np.stack([values, values * 2], axis=1))[0]
    assert (column.low, column.high) == pytest.approx((bootstrap(values).low, bootstrap(values).high))


def test_clusters_are_drawn_together() -> None:
    values = np.repeat(np.random.default_rng(3).random(20), 10)
    clusters = [str(place // 10) for place in range(200)]
    alone, together = bootstrap(values), bootstrap(values, clusters=clusters)
    assert (together.high - together.low) > 2.5 * (alone.high - alone.low)  # √10 times, give or take
    median = bootstrap(values, lambda rows: np.median(rows, axis=1), resamplings=200, clusters=clusters)
    assert median.low <= median.mean <= median.high


def test_nothing_measured_has_no_interval_and_what_is_no_number_is_refused() -> None:
    assert bootstrap([]) is NOTHING
    with pytest.raises(HoneError, match="1 of 2 values"):
        bootstrap([1.0, math.nan])
    with pytest.raises(HoneError, match="2 values and 1 cluster"):
        bootstrap([1.0, 2.0], clusters=["a"])


def test_the_permutation_of_a_few_pairs_is_what_counting_gives() -> None:
    # Of the 16 ways to set four signs, two give a sum as far from zero as +4 and -4.
    assert paired_permutation([0, 0, 0, 0], [1, 1, 1, 1]) == pytest.approx(2 / 16, abs=0.012)
    # +3 −1 +1 = 3: reached by sums of ±3, ±5: six of eight.
    assert paired_permutation([0, 0, 0], [3, -1, 1]) == pytest.approx(6 / 8, abs=0.015)
    assert paired_permutation([1, 2], [1, 2]) == 1.0
    assert paired_permutation([], []) == 1.0
    assert paired_permutation(np.zeros(100), np.ones(100)) == pytest.approx(1 / 10_001)


def test_the_permutation_is_wrong_as_seldom_as_it_says() -> None:
    chance = np.random.default_rng(11)
    ps = [paired_permutation(*chance.random((2, 60)), flips=500) for _ in range(300)]
    assert 0.02 <= np.mean(np.array(ps) <= 0.05) <= 0.085


def test_the_permutation_agrees_with_scipy() -> None:
    chance = np.random.default_rng(4)
    before, after = chance.random(40), chance.random(40) + 0.15
    theirs = SCIPY.permutation_test(
        (after, before), _mean_difference, permutation_type="samples", n_resamples=9999, rng=1
    )
    assert 0.01 < theirs.pvalue < 0.5
    assert paired_permutation(before, after) == pytest.approx(theirs.pvalue, abs=0.012)


def _mean_difference(a: Any, b: Any) -> float:
    return float((a - b).mean())


def test_signs_of_one_cluster_change_together() -> None:
    after = np.ones(100)
    assert paired_permutation(np.zeros(100), after, clusters=["one"] * 50 + ["two"] * 50) == pytest.approx(
        0.5, abs=0.02
    )


def test_holm_steps_down_in_the_given_order() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []


def test_the_detectable_difference_is_the_textbooks() -> None:
    assert detectable(0.3, 100) == pytest.approx((1.959964 + 0.841621) * 0.3 / 10, abs=1e-6)
    assert detectable([0.1, -0.1, 0.1, -0.1]) == pytest.approx(2.801585 * np.std([0.1, -0.1] * 2, ddof=1) / 2)
    assert math.isnan(detectable([0.1]))
    with pytest.raises(HoneError, match="number of questions"):
        detectable(0.3)


def test_a_difference_that_can_be_detected_is_detected_as_often_as_promised() -> None:
    chance = np.random.default_rng(6)
    shift = detectable(0.2, 80)
    ps = [paired_permutation(np.zeros(80), chance.normal(shift, 0.2, 80), flips=400) for _ in range(200)]
    assert 0.70 <= np.mean(np.array(ps) <= 0.05) <= 0.9


def test_a_judge_that_agrees_narrows_the_peoples_interval_and_a_useless_one_does_not_widen_it() -> None:
    chance = np.random.default_rng(7)
    truth = chance.random(2000)
    judge = np.clip(truth + 0.2 + chance.normal(0, 0.05, 2000), 0, 2)  # too kind by 0.2, which is put right
    powered = prediction_powered(judge, judge[:60], truth[:60])
    alone = prediction_powered(judge[:60], judge[:60], truth[:60])
    assert powered.low <= truth.mean() <= powered.high
    assert powered.high - powered.low < 0.4 * (alone.high - alone.low)
    useless = chance.random(2000)
    widened = prediction_powered(useless, useless[:60], truth[:60])
    assert widened.high - widened.low <= 1.05 * (alone.high - alone.low)
    constant = prediction_powered(np.ones(2000), np.ones(60), truth[:60])
    assert constant == alone


def test_a_judge_counts_for_what_it_is_worth_when_little_is_unlabelled() -> None:
    # Half is labelled, and the judge correlates by ρ: the variance falls by the factor 1 − ρ²/2, and by no more.
    human = np.tile([0.0, 1.0, 2.0, 3.0], 50)
    judge = human + np.tile([1.0, -1.0, -1.0, 1.0, -1.0, 1.0, 1.0, -1.0], 25)
    agreement = float(np.corrcoef(judge, human)[0, 1])
    powered = prediction_powered(np.concatenate([judge, judge]), judge, human)
    alone = prediction_powered(judge, judge, human)
    assert powered.mean == pytest.approx(1.5)
    narrowed = (powered.high - powered.low) / (alone.high - alone.low)
    assert narrowed == pytest.approx(math.sqrt(1 - agreement**2 / 2), abs=0.002)


def test_prediction_powered_covers_the_truth_with_few_labels() -> None:
    chance, inside = np.random.default_rng(8), list[bool]()
    for _ in range(300):
        human = chance.integers(0, 4, 600).astype(float)
        judge = np.clip(human + chance.integers(-1, 2, 600), 0, 3)
        found = prediction_powered(judge, judge[:30], human[:30])
        inside.append(found.low <= 1.5 <= found.high)
    assert np.mean(inside) >= 0.92


def test_fewer_grades_than_labels_are_refused() -> None:
    with pytest.raises(HoneError, match="3 results are labelled"):
        prediction_powered([1, 2], [1, 2, 3], [1, 2, 3])


def test_weighted_kappa_is_scikit_learns() -> None:
    chance = np.random.default_rng(9)
    first = chance.integers(0, 4, 100)
    second = np.clip(first + chance.integers(-1, 2, 100), 0, 3)
    found = weighted_kappa(first.tolist(), second.tolist())
    assert found.mean == pytest.approx(SKLEARN.cohen_kappa_score(first, second, weights="quadratic"))
    assert found.low < found.mean < found.high
    # By hand: agreed on 3 of 4, one grade apart once; disagreement 1/4 · 1 against 1/2 · 1 by chance.
    assert weighted_kappa([0, 0, 1, 1], [0, 0, 1, 0], grades=2).mean == pytest.approx(0.5)
    with pytest.raises(HoneError, match="first rater gave 0 to 4"):
        weighted_kappa([0, 4], [0, 1])


@pytest.mark.parametrize(("freedom", "quantile"), [(1, 12.7062), (2, 4.3027), (5, 2.5706), (30, 2.0423)])
def test_student_is_that_of_the_tables(freedom: int, quantile: float) -> None:
    assert student(0.975, freedom) == pytest.approx(quantile, abs=5e-5)


def test_the_tail_of_a_binomial() -> None:
    assert at_least(0, 10, 0.5) == 1.0
    assert at_least(10, 10, 0.5) == pytest.approx(0.5**10)
    assert at_least(2, 3, 0.5) == pytest.approx(0.5)
    assert at_least(120, 2000, 0.01) == pytest.approx(SCIPY.binom.sf(119, 2000, 0.01), rel=1e-6), "far out in the tail"
