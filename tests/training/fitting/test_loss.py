"""The loss, with numbers that can be checked by eye."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from training.fitting.loss import contrast, loss_of
from training.fitting.options import FitOptions

ONE_WAY = FitOptions(similarity_scale=1.0, symmetric=False, distillation_weight=0.0)


def batch(asked: list[int], right: list[int], passages: int, **more: Any) -> dict[str, Any]:
    return {
        "asked": torch.tensor(asked),
        "right": torch.tensor(right),
        "weights": torch.ones(len(asked)),
        "masked": torch.zeros(len(asked), passages, dtype=torch.bool),
        "counts": torch.tensor([len(set(asked)), passages, 0]),
        "general": torch.empty(0, 2),
        **more,
    }


def unit(*degrees: float) -> Tensor:
    return torch.tensor([[math.cos(math.radians(d)), math.sin(math.radians(d))] for d in degrees])


def test_a_right_answer_beside_one_at_a_right_angle() -> None:
    found = contrast(unit(0), unit(0, 90), batch([0], [0], 2), ONE_WAY)
    assert float(found) == pytest.approx(math.log(math.e + 1) - 1)


def test_what_is_masked_counts_for_nothing() -> None:
    masked = torch.tensor([[False, True]])
    assert float(contrast(unit(0), unit(0, 0), batch([0], [0], 2, masked=masked), ONE_WAY)) == pytest.approx(
        0, abs=1e-6
    )


def test_an_example_counts_by_its_weight() -> None:
    sides = unit(0, 90), unit(0, 90)
    even = contrast(*sides, batch([0, 1], [0, 0], 2), ONE_WAY)
    light = contrast(*sides, batch([0, 1], [0, 0], 2, weights=torch.tensor([1.0, 0.1])), ONE_WAY)
    assert float(light) < float(even), "the wrong one of the two weighs a tenth"


def test_one_question_with_two_answers_is_not_held_against_itself_backwards() -> None:
    both_ways = FitOptions(similarity_scale=1.0, distillation_weight=0.0)
    masked = torch.tensor([[False, True], [True, False]])
    twice = batch([0, 0], [0, 1], 2, masked=masked)
    assert float(contrast(unit(0), unit(0, 10), twice, both_ways)) == pytest.approx(0, abs=1e-6)


def test_two_questions_with_one_answer_are_not_held_against_each_other_backwards() -> None:
    both_ways = FitOptions(similarity_scale=1.0, distillation_weight=0.0)
    shared = batch([0, 1], [0, 0], 1)
    assert float(contrast(unit(0, 10), unit(0), shared, both_ways)) == pytest.approx(0, abs=1e-6)
    apart = batch([0, 1], [0, 1], 2, masked=torch.tensor([[False, True], [True, False]]))
    assert float(contrast(unit(0, 10), unit(0, 10), apart, both_ways)) == pytest.approx(0, abs=1e-6)


def test_shorter_vectors_are_asked_too() -> None:
    vectors = torch.cat([torch.tensor([[1.0, 0, 0, 0]]), torch.tensor([[0.5, 0.5, 0.7, 0], [0, 1.0, 0, 0]])])
    asked = batch([0], [0], 2, general=torch.empty(0, 4))
    whole = loss_of(vectors, asked, ONE_WAY)["contrast"]
    cut = loss_of(
        vectors,
        asked,
        FitOptions(similarity_scale=1.0, symmetric=False, distillation_weight=0.0, matryoshka_dimensions=(2,)),
    )["contrast"]
    assert float(cut) != pytest.approx(float(whole))


def test_the_parts_are_only_what_was_asked_for() -> None:
    general = torch.nn.functional.normalize(torch.tensor([[3.0, 4.0]]), dim=1)
    vectors = torch.cat([unit(0), unit(0, 90), torch.tensor([[3.0, 4.0]])])
    near = batch([0], [0], 2, counts=torch.tensor([1, 2, 1]), general=general)
    parts = loss_of(vectors, near, FitOptions(distillation_weight=0.5))
    assert set(parts) == {"contrast", "distil"}
    assert float(parts["distil"]) == pytest.approx(0, abs=1e-6), "nothing has moved yet"
    assert set(loss_of(vectors[:3], batch([0], [0], 2), ONE_WAY)) == {"contrast"}
