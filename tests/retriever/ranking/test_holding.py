"""Passages that may rise by so many places and no more."""

import pytest

from retriever.ranking.holding import hold_back
from retriever.storing.store import LegHit

PLAIN = tuple(
    LegHit(id=name, score=score) for name, score in zip("abcdef", (6.0, 5.0, 4.0, 3.0, 2.0, 1.0), strict=True)
)


def lifted(**scores: float) -> list[LegHit]:
    hits = [LegHit(id=hit.id, score=scores.get(hit.id, hit.score)) for hit in PLAIN]
    return sorted(hits, key=lambda hit: -hit.score)


@pytest.mark.parametrize(
    ("rise", "expected"), [(0, "abcdef"), (1, "abcdfe"), (4, "afbcde"), (5, "fabcde"), (9, "fabcde")]
)
def test_one_rises_as_far_as_it_may(rise: int, expected: str) -> None:
    assert "".join(hit.id for hit in hold_back(lifted(f=9.0), PLAIN, {"f": rise})) == expected


def test_others_rise_freely_and_scores_stay_in_order() -> None:
    order = hold_back(lifted(f=9.0, e=8.0), PLAIN, {"f": 2})
    assert "".join(hit.id for hit in order) == "eabcfd"
    assert [hit.score for hit in order] == sorted((hit.score for hit in order), reverse=True)


def test_what_would_not_rise_so_far_stays_where_its_score_puts_it() -> None:
    assert "".join(hit.id for hit in hold_back(lifted(f=2.5), PLAIN, {"f": 4})) == "abcdfe"
