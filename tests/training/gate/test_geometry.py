"""The shape of a space of vectors, on spaces whose shape is known."""

from dataclasses import replace

import numpy as np
import pytest

from training.gate.geometry import Geometry, degenerate, effective_rank, hub_share, measure_geometry

FINE = Geometry(rank=100.0, uniformity=-3.5, cosine=0.1, hubs=0.05)


def spread(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, columns))


def test_axes_that_are_used_alike_count_in_full() -> None:
    assert effective_rank(np.eye(7)) == pytest.approx(7)
    assert effective_rank(np.ones((9, 4))) == pytest.approx(1, abs=1e-3)
    assert effective_rank(np.eye(3, 50)) == pytest.approx(3)  # fewer texts than dimensions


def test_a_space_spread_all_over_is_uniform() -> None:
    found = measure_geometry(spread(1000, 64))
    assert found.rank > 60
    assert abs(found.cosine) < 0.02
    assert found.uniformity == pytest.approx(-4, abs=0.15)
    assert found.hubs < 0.1


def test_one_point_is_a_collapse() -> None:
    point = np.ones((200, 16)) + spread(200, 16) * 1e-3
    found = measure_geometry(point)
    assert found.cosine == pytest.approx(1, abs=1e-4)
    assert found.uniformity == pytest.approx(0, abs=1e-3)
    assert degenerate(found, measure_geometry(spread(200, 16)))


def test_a_passage_that_all_questions_find_is_a_hub() -> None:
    passages, questions = np.eye(40), np.eye(40)[:20] + 0.5 * np.eye(40)[39]
    assert hub_share(passages, questions) == 1.0
    assert hub_share(spread(500, 32), spread(200, 32, seed=1)) < 0.25


def test_length_means_nothing() -> None:
    vectors = spread(300, 24)
    assert measure_geometry(vectors * 7).rank == pytest.approx(measure_geometry(vectors).rank, rel=1e-4)


def test_the_same_space_is_no_collapse() -> None:
    assert degenerate(FINE, FINE) == ""


@pytest.mark.parametrize(
    ("worse", "said"),
    [
        (replace(FINE, rank=59.0), "from 100 to 59"),
        (replace(FINE, cosine=0.31), "from 0.10 to 0.31"),
        (replace(FINE, uniformity=-2.4), "from -3.50 to -2.40"),
        (replace(FINE, hubs=0.2), "20% of the questions, up from 5% (at most 15%)"),
        (replace(FINE, rank=float("nan")), "invalid"),
    ],
)
def test_each_figure_is_bounded(worse: Geometry, said: str) -> None:
    assert said in degenerate(worse, FINE)


@pytest.mark.parametrize(
    "within",
    [replace(FINE, rank=61.0), replace(FINE, cosine=0.29), replace(FINE, uniformity=-2.6), replace(FINE, hubs=0.14)],
)
def test_a_little_narrower_is_no_collapse(within: Geometry) -> None:
    assert degenerate(within, FINE) == ""


def test_vectors_that_are_no_numbers_are_told() -> None:
    vectors = spread(50, 8)
    vectors[3, 2] = np.nan
    assert "invalid" in degenerate(measure_geometry(vectors), FINE)


def test_too_few_texts_have_a_shape_too() -> None:
    assert measure_geometry(np.eye(1)).rank == 1
    assert measure_geometry(np.eye(2)).hubs <= 1
