from math import log2

import pytest

from eval.rating.judge import bounds, position_weight, pwas, total_weight


def test_places_weigh_less_further_down() -> None:
    assert position_weight(1) == 1.0
    assert position_weight(3) == pytest.approx(0.5)
    assert total_weight(3) == pytest.approx(1 + 1 / log2(3) + 0.5)


def test_a_full_page_of_the_best_is_one_and_of_the_worst_zero() -> None:
    assert pwas([3] * 10) == pytest.approx(1.0)
    assert pwas([0] * 10) == 0.0


def test_the_score_is_what_stands_in_the_formula() -> None:
    whole = 1 + 1 / log2(3) + 1 / log2(4)
    assert pwas([3, 0, 1], depth=3) == pytest.approx((1 + (1 / 3) * 0.5) / whole)


def test_empty_places_score_zero() -> None:
    assert pwas([3], depth=3) == pytest.approx(1 / total_weight(3))
    assert pwas([]) == 0.0


def test_what_lies_below_the_depth_does_not_count() -> None:
    assert pwas([0, 0, 3], depth=2) == 0.0


def test_an_ungraded_place_is_left_out_of_both_sums() -> None:
    whole = total_weight(3) - position_weight(2)
    assert pwas([3, None, 0], depth=3) == pytest.approx(1 / whole)
    assert pwas([None, None], depth=3) is None


def test_bounds_hold_whatever_the_ungraded_are_worth() -> None:
    found = bounds([3, None], depth=2)
    assert found.low == pytest.approx(pwas([3, 0], depth=2))
    assert found.high == pytest.approx(1.0)
