"""A difference from a golden file is found, and told by its place."""

import pytest

from tests.golden.comparing import assert_same, differences, plain_of


def test_what_differs_is_named_with_both_values() -> None:
    kept = {"checks": {"better": True, "size": True}, "score": 0.5, "tiers": ["fusion", "full"], "none": None}
    found = {"checks": {"better": False, "size": True}, "score": 0.50005, "tiers": ["fusion"], "none": None, "new": 1}
    assert list(differences(kept, found)) == [
        "checks.better: True → False",
        "new: None → 1",
        "tiers: ['fusion', 'full'] → ['fusion']",
    ]
    with pytest.raises(AssertionError, match=r"score: 0\.5 → 0\.6"):
        assert_same("any", list(differences({"score": 0.5}, {"score": 0.6})))


def test_sets_and_figures_are_written_the_same_each_time() -> None:
    assert plain_of({"people": frozenset({"bo", "ana"}), "mean": 1 / 3, "none": float("nan")}) == {
        "people": ["ana", "bo"],
        "mean": 0.33333,
        "none": None,
    }
