"""The last checkpoint that none before it beats by more than chance, not the luckiest."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.lessons import dev, directions
from training.fitting.dev_evaluator import CheckpointChoice

QUESTIONS = 100
EVERYWHERE = np.ones(QUESTIONS)


def scores(*, found: int, swapped: int = 0) -> np.ndarray:
    """So many questions are found; some of them others than the first ones."""
    row = np.zeros(QUESTIONS)
    row[swapped : swapped + found] = 1.0
    return row


def latest(at: Path, importance: np.ndarray = EVERYWHERE, *, resume: bool = False) -> CheckpointChoice:
    asked = directions(QUESTIONS)
    return CheckpointChoice(replace(dev(asked, asked), importance=importance), at, resume=resume)


def test_a_later_look_is_kept_that_only_chance_puts_below_the_best(tmp_path: Path) -> None:
    choice = latest(tmp_path)
    assert choice.may_be_kept(scores(found=80))
    assert choice.may_be_kept(scores(found=79, swapped=3)), "other questions, and nearly as many"
    assert not choice.may_be_kept(scores(found=70)), "ten fewer, and none that were not found before"
    assert choice.may_be_kept(scores(found=81)), "better than all"


def test_many_small_steps_down_are_one_large_one(tmp_path: Path) -> None:
    choice = latest(tmp_path)
    kept = [choice.may_be_kept(scores(found=count)) for count in range(80, 60, -1)]
    assert kept[0]
    assert not any(kept[3:]), "each is held against the best, not against the one before"


def test_questions_count_by_how_many_they_stand_for(tmp_path: Path) -> None:
    heavy = np.where(np.arange(QUESTIONS) < 10, 20.0, 1.0)
    even, weighed = latest(tmp_path / "even"), latest(tmp_path / "weighed", heavy)
    assert even.may_be_kept(scores(found=80))
    assert weighed.may_be_kept(scores(found=80))
    others = scores(found=80, swapped=10)  # as many, but without the ten that count
    assert even.may_be_kept(others)
    assert not weighed.may_be_kept(others)


@pytest.mark.parametrize("resume", [True, False])
def test_a_fit_that_goes_on_finds_the_best_look_again(tmp_path: Path, resume: bool) -> None:
    latest(tmp_path).may_be_kept(scores(found=90))
    assert latest(tmp_path, resume=resume).may_be_kept(scores(found=60)) is not resume
