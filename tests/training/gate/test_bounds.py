"""What a candidate may not cost: answered questions, the canary, one document in every list, time, size, answers."""

import pytest

from tests.training.gate.lines import line, side
from training.gate.answering import PairedAnswer, judged_answers
from training.gate.canary_recall import judged
from training.gate.cost import Size, judged_latency, size
from training.gate.geometry import Geometry, Spaces, space
from training.gate.ranking import answered, rising, shares
from training.gate.rules import RULES
from training.gate.scored import QuestionResult, compare_scores

FINE = Geometry(rank=100.0, uniformity=-3.5, cosine=0.1, hubs=0.05)


def places(lost: int, won: int, kept: int) -> list[QuestionResult]:
    """Questions with the answer on the page before, after, or both."""
    kinds = [(1, None)] * lost + [(None, 2)] * won + [(1, 4)] * kept
    return [
        line(number, side(0.5, place=before), side(0.5, place=after)) for number, (before, after) in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("lost", "won", "kept", "passed"),
    [
        (0, 0, 200, True),
        (6, 0, 194, True),  # three in a hundred
        (8, 0, 192, True),  # chance
        (20, 0, 180, False),
        (12, 60, 188, True),  # five are won for each
        (60, 300, 140, False),  # never more than a tenth, whatever is won
    ],
)
def test_what_is_answered_today_stays_answered(lost: int, won: int, kept: int, passed: bool) -> None:
    (check,) = answered(places(lost, won, kept), RULES).checks
    assert check.passed is passed
    assert f"{lost} (" in check.says


def test_questions_that_are_lost_are_named() -> None:
    says = answered(places(30, 0, 70), RULES).checks[0].says
    assert "30 (30.0%) lose the answer" in says
    assert "'question 0'" in says


def test_nothing_answered_is_nothing_lost() -> None:
    assert answered([line(1, side(0.1, place=9), side(0.1))], RULES).checks[0].passed


@pytest.mark.parametrize(
    ("before", "after", "passed"), [(320, 320, True), (320, 316, True), (320, 300, False), (320, 340, True)]
)
def test_the_canary_may_lose_a_point(before: int, after: int, passed: bool) -> None:
    live, candidate = ([1.0] * found + [0.0] * (400 - found) for found in (before, after))
    check = judged(compare_scores(live, candidate, [str(n) for n in range(400)]), "dense leg", "sample company", RULES)
    assert check.passed is passed
    assert "0.010" in check.says


def test_a_canary_too_small_to_tell_still_has_an_end() -> None:
    few = compare_scores([1.0] * 10, [1.0] * 9 + [0.0], [str(n) for n in range(10)])
    assert few.difference.high >= 0
    assert not judged(few, "dense leg", "few", RULES).passed


def test_a_document_that_rises_everywhere_is_named() -> None:
    live = [tuple(f"d{(number + place) % 50}" for place in range(10)) for number in range(100)]
    spread = [tuple(f"d{(number * 3 + place) % 50}" for place in range(10)) for number in range(100)]
    assert rising(live, spread, 500, RULES).checks[0].passed
    pushed = [("poison.md", *top[:9]) if number % 3 == 0 else top for number, top in enumerate(live)]
    (check,) = rising(live, pushed, 500, RULES, title=lambda name: f"title of {name}").checks
    assert not check.passed
    assert "'title of poison.md' (poison.md) from 0.00% to 3.40%" in check.says


def test_in_a_small_library_everything_is_in_many_lists() -> None:
    live = [tuple(f"d{place}" for place in range(10))] * 30
    candidate = [*live[:25], *[("d10", *top[:9]) for top in live[25:]]]
    assert shares(candidate)["d10"] < 5 / 12
    assert rising(live, candidate, 12, RULES).checks[0].passed
    assert not rising(live, [("d10", *top[:9]) for top in live], 500, RULES).checks[0].passed


def test_a_document_that_was_everywhere_before_may_stay() -> None:
    tops = [("news.md", *(f"d{(number + place) % 50}" for place in range(9))) for number in range(100)]
    assert rising(tops, tops, 500, RULES).checks[0].passed
    assert rising([], [], 0, RULES).checks[0].passed


def test_time_and_size_are_bounded_beside_the_live_model() -> None:
    assert judged_latency(10.0, 14.9, 100, RULES).checks[0].passed
    slow = judged_latency(10.0, 15.1, 100, RULES).checks[0]
    assert not slow.passed
    assert "15.1 ms" in slow.says
    assert judged_latency(0.5, 2.4, 100, RULES).checks[0].passed  # a clock's noise
    assert size(Size(dimensions=384, bytes=90), Size(dimensions=768, bytes=180), RULES).checks[0].passed
    assert not size(Size(dimensions=384, bytes=90), Size(dimensions=768, bytes=181), RULES).checks[0].passed
    assert not size(Size(dimensions=384, bytes=0), Size(dimensions=1024, bytes=500), RULES).checks[0].passed


def test_a_space_is_held_against_the_last_and_the_first() -> None:
    good = space(Spaces(live=FINE, candidate=FINE, root=FINE)).checks[0]
    assert good.passed
    step = Geometry(rank=70.0, uniformity=-3.2, cosine=0.2, hubs=0.06)
    two_steps = Geometry(rank=49.0, uniformity=-2.9, cosine=0.25, hubs=0.07)
    assert space(Spaces(live=FINE, candidate=step, root=None)).checks[0].passed
    assert space(Spaces(live=step, candidate=two_steps, root=None)).checks[0].passed
    (check,) = space(Spaces(live=step, candidate=two_steps, root=FINE)).checks
    assert not check.passed
    assert "the first model" in check.says


def answer(number: int, live: float, candidate: float, abstains: float = 0.0) -> PairedAnswer:
    return PairedAnswer(
        cluster=str(number),
        live={"citation-recall": live, "abstention": 0.0},
        candidate={"citation-recall": candidate, "abstention": abstains},
    )


def test_answers_may_not_stand_on_fewer_of_the_right_documents() -> None:
    assert judged_answers([answer(n, 0.8, 0.8) for n in range(60)], RULES).checks[0].passed
    (check,) = judged_answers([answer(n, 0.8, 0.5) for n in range(60)], RULES).checks
    assert not check.passed
    assert "citation-recall falls by 0.300" in check.says
    chance = [answer(n, 0.8, 0.0 if n == 7 else 0.8) for n in range(20)]  # four points, and one question
    assert judged_answers(chance, RULES).checks[0].passed


def test_an_assistant_that_gives_up_is_refused() -> None:
    (check,) = judged_answers([answer(n, 0.8, 0.8, abstains=float(n % 2)) for n in range(60)], RULES).checks
    assert not check.passed
    assert "abstention rises by 0.500" in check.says
    assert judged_answers([], RULES).checks[0].passed
