"""What is better, what is worse somewhere, and what nobody can tell yet."""

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.training.gate.lines import line, side, table
from training.gate.ranking import better, recall, slices
from training.gate.rules import RULES
from training.gate.scored import QuestionResult, compare

CHANCE = np.random.default_rng(3).normal(size=5000)


def lifted(count: int, mean: float, spread: float = 0.3) -> list[QuestionResult]:
    """So many questions whose mean difference is exactly this."""
    draws = CHANCE[:count] - CHANCE[:count].mean()
    return table(count, lambda number: (0.5, 0.5 + mean + spread * float(draws[number])))


def test_a_clear_gain_passes() -> None:
    found = better(lifted(400, 0.05), RULES)
    (check,) = found.checks
    assert check.passed
    assert found.needed is None
    assert "rises by 0.050 from 0.500 to 0.550 on 400 questions" in check.says
    (main, *_) = found.measures
    assert main.low is not None
    assert main.high is not None
    assert 0 < main.low < 0.05 < main.high


def test_the_same_again_is_no_gain() -> None:
    found = better(table(300, lambda number: (number / 300, number / 300)), RULES)
    assert not found.checks[0].passed
    assert "no such gain" in found.checks[0].says
    assert found.needed is None


def test_a_gain_that_is_sure_and_tiny_is_refused() -> None:
    found = better(table(300, lambda _: (0.5, 0.504)), RULES)
    assert not found.checks[0].passed
    assert "at least 0.010" in found.checks[0].says
    assert found.needed is None


def test_a_loss_is_refused_without_asking_for_more() -> None:
    found = better(lifted(400, -0.1), RULES)
    assert not found.checks[0].passed
    assert "falls by 0.100" in found.checks[0].says
    assert found.needed is None


def test_too_few_to_tell_says_how_many_more() -> None:
    lines = lifted(60, 0.03)
    found = better(lines, RULES)
    assert not found.checks[0].passed
    spread = np.std([item.candidate.scores["fused nDCG@10"] for item in lines], ddof=1)
    assert found.needed == pytest.approx((2.8 * spread / 0.03) ** 2, rel=0.1)
    told = re.search(r"about ([\d,]+), ([\d,]+) more", found.checks[0].says)
    assert told is not None
    needed, more = (int(number.replace(",", "")) for number in told.groups())
    assert (needed, more) == (found.needed, needed - 60)


def test_as_many_as_it_asked_for_would_have_told() -> None:
    needed = better(lifted(60, 0.05), RULES).needed
    assert needed is not None
    assert better(lifted(needed, 0.05), RULES).checks[0].passed


def test_a_handful_proves_nothing_however_good() -> None:
    found = better(table(20, lambda _: (0.1, 0.9)), RULES)
    assert not found.checks[0].passed
    assert found.needed == RULES.fewest
    assert better([], RULES).needed == RULES.fewest


def test_questions_that_hang_together_count_as_less() -> None:
    alone = lifted(300, 0.05)
    joined = [replace(item, cluster=f"c{number % 10}") for number, item in enumerate(alone)]
    lumped = [
        line(number, side(0.5), side(0.5 + 0.05 + 0.3 * float(CHANCE[number % 10])), cluster=f"c{number % 10}")
        for number in range(300)
    ]
    assert compare(joined, "fused nDCG@10").error < 3 * compare(alone, "fused nDCG@10").error
    single = [replace(item, cluster=item.id) for item in lumped]
    assert compare(lumped, "fused nDCG@10").error > 3 * compare(single, "fused nDCG@10").error


def test_the_worst_are_named_first() -> None:
    lines = table(40, lambda number: (0.5, {3: 0.1, 5: 0.0}.get(number, 0.8)))
    found = better(lines, RULES)
    assert [(item.question, item.before, item.after) for item in found.regressions] == [
        ("question 5", 0.5, 0.0),
        ("question 3", 0.5, 0.1),
    ]
    many = better(table(40, lambda _: (0.5, 0.4)), RULES)
    assert len(many.regressions) == RULES.regressions


@pytest.mark.parametrize(("mean", "passed"), [(0.02, True), (0.0, True), (-0.004, True), (-0.02, False)])
def test_recall_may_fall_by_next_to_nothing_where_nothing_is_proved(mean: float, passed: bool) -> None:
    (check,) = recall(lifted(200, mean), RULES).checks
    assert check.passed is passed


def test_recall_may_fall_by_a_little_where_that_is_proved() -> None:
    assert recall(lifted(4000, -0.007, spread=0.01), RULES).checks[0].passed
    assert not recall(lifted(4000, -0.012, spread=0.01), RULES).checks[0].passed


@pytest.mark.parametrize(
    ("lost", "dense_won", "passed"),
    [(10, 20, True), (10, 0, True), (10, -5, False), (25, 26, True), (25, 24, False), (35, 60, False)],
)
def test_recall_that_can_only_fall_may_lose_a_little(lost: int, dense_won: int, passed: bool) -> None:
    """Of a thousand answers that the live search had found itself."""

    def both(number: int) -> QuestionResult:
        dense = (0.0, 1.0) if number < dense_won else (1.0, 0.0) if number < -dense_won else (0.5, 0.5)
        return line(
            number,
            side(0.5, recall=1.0, dense_recall=dense[0]),
            side(0.6, recall=float(number >= lost), dense_recall=dense[1]),
        )

    (check,) = recall([both(number) for number in range(1000)], RULES).checks
    assert check.passed is passed
    assert "It can only fall" in check.says


def test_a_slice_that_falls_is_named_though_the_mean_rises() -> None:
    lines = table(
        200,
        lambda number: (0.5, 0.3) if number < 50 else (0.5, 0.7),
        kind=lambda number: "pdf" if number < 50 else "md",
    )
    assert better(lines, RULES).checks[0].passed
    (check,) = slices(lines, RULES).checks
    assert not check.passed
    assert "kind: pdf falls by 0.200" in check.says
    assert "md" not in check.says


def test_a_slice_that_falls_by_chance_is_told_and_let_through() -> None:
    draws = CHANCE[:40] - CHANCE[:40].mean()
    lines = table(
        200,
        lambda number: (0.5, 0.46 + 0.3 * float(draws[number])) if number < 40 else (0.5, 0.7),
        kind=lambda number: "pdf" if number < 40 else "md",
    )
    (check,) = slices(lines, RULES).checks
    assert check.passed
    assert "within chance: kind: pdf falls by 0.040" in check.says


def test_slices_that_are_too_small_say_nothing() -> None:
    lines = table(100, lambda number: (0.5, 0.0) if number < 20 else (0.5, 0.7), kind=lambda n: "a" if n < 20 else "b")
    found = slices(lines, RULES)
    assert found.checks[0].passed
    assert [item.name for item in found.slices] == ["kind: b"]


def test_of_many_harmless_slices_hardly_any_refuses() -> None:
    rng = np.random.default_rng(11)
    refused = 0
    for _ in range(8):
        gaps = rng.normal(0.02, 0.3, size=150)
        marks = rng.integers(0, 2, size=(4, 150))
        tells = {f"s{row}": list(map(str, mark)).__getitem__ for row, mark in enumerate(marks)}
        lines = table(150, lambda number, gaps=gaps: (0.5, 0.5 + float(gaps[number])), **tells)
        refused += not slices(lines, RULES).checks[0].passed
    assert refused <= 1


def test_a_question_counts_by_how_seldom_people_look_where_its_answer_stood() -> None:
    """Most known answers stood first and are found as before; the few that stood low stand for many, and are better."""
    lines = table(300, lambda number: (0.3, 0.5) if number < 12 else (1.0, 0.995))
    plain = better(lines, RULES)
    assert not plain.checks[0].passed
    weighed = [replace(item, inverse_propensity=8.0 if place < 12 else 1.0) for place, item in enumerate(lines)]
    found = better(weighed, RULES)
    assert found.checks[0].passed
    assert "weighted" in found.checks[0].says
    assert compare(weighed, "fused nDCG@10").live == pytest.approx(compare(lines, "fused nDCG@10").live)
