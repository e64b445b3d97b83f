"""What would be forgotten shows while there is still a choice."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hone.progress import Silent
from hone.settings import read_settings
from retriever.encoding.encoder import unit_rows
from retriever.encoding.hashing import HashEncoder
from tests.training.gate.office import write_canary
from tests.training.lessons import dev, directions
from training.fitting.averaging import AveragedModel, choose
from training.gate.canary import opened_canary
from training.lesson.forgetting_probe import GENERAL_LOSS, draw_forgetting_probe, general_recall_loss
from training.tiers.attempt import Attempt
from training.tiers.choosing import best_of


def mixed(share: float, score: float, lost: float = 0.0) -> AveragedModel:
    return AveragedModel(share=share, score=score, lost=lost)


@pytest.mark.parametrize(
    ("found", "share"),
    [
        ([mixed(0, 0.90), mixed(0.25, 0.91), mixed(0.5, 0.89)], 0.25),  # the development questions gain by it
        ([mixed(0, 0.90), mixed(0.25, 0.90)], 0.0),  # they do not
        ([mixed(0, 0.90, GENERAL_LOSS * 3), mixed(0.25, 0.88, GENERAL_LOSS)], 0.25),  # the first forgets
        (
            [mixed(0, 0.90, GENERAL_LOSS * 4), mixed(0.5, 0.86, GENERAL_LOSS * 2)],
            0.5,
        ),  # all forget: the one that forgets least
        (
            [mixed(0, 0.90, -GENERAL_LOSS), mixed(0.5, 0.86, -GENERAL_LOSS * 2)],
            0.0,
        ),  # gains outside are no reason to hold back
    ],
)
def test_as_much_of_the_base_goes_in_as_forgetting_asks_for(found: list[AveragedModel], share: float) -> None:
    assert choose(found).share == share


def test_a_person_is_told_what_was_averaged_in() -> None:
    assert AveragedModel(share=0.25, score=0.9, lost=0.0).said.startswith("Averaged with 25%")
    assert not AveragedModel(share=0.0, score=0.9, lost=0.0).said


def test_what_forgets_is_taken_only_where_nothing_else_is_better_than_what_is_live() -> None:
    weights = dev(directions(3), directions(3)).weights
    head = Attempt(tier="two-sided-head", score=0.85, weights=weights, lost=GENERAL_LOSS / 2)
    full = Attempt(tier="full", score=0.90, weights=weights, lost=GENERAL_LOSS * 2)
    assert best_of([head, full], 0.8) == head
    assert best_of([replace(head, score=0.79), full], 0.8) == full
    assert best_of([head, replace(full, lost=GENERAL_LOSS)], 0.8) == replace(full, lost=GENERAL_LOSS)


def test_a_training_looks_at_half_of_what_the_gate_asks(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with opened_canary(read_settings(home), write_canary(tmp_path / "towns"), Silent()) as canary:
        asked = {question.id for question, _ in canary.questions}
        looked_at = {question.id for question, _ in canary.development}
        outside = draw_forgetting_probe(canary, HashEncoder())
    assert looked_at < asked
    assert len(looked_at) == pytest.approx(len(asked) / 2, rel=0.3)
    assert outside is not None
    assert set(outside.questions) == {question.text for question, _ in canary.development}
    assert np.all(outside.gains.sum(axis=1) == 1)


def test_what_is_lost_is_told_beside_the_live_encoder() -> None:
    vectors = directions(60)
    outside = dev(vectors, vectors)
    assert general_recall_loss(outside, vectors, vectors) == 0
    shaken = unit_rows(vectors + 2 * directions(60, seed=9))
    assert general_recall_loss(outside, shaken, vectors) > 0.1
    assert general_recall_loss(None, vectors, vectors) == 0


def test_what_chance_may_lose_is_no_loss() -> None:
    """Two encoders that are shaken alike find different answers, and one finds a few more."""
    vectors = directions(300)
    shaken = [unit_rows(vectors + 1.5 * directions(300, seed=seed)) for seed in (9, 10)]
    recalled = [dev(vectors, vectors).dense_recall(vectors, passages).mean() for passages in shaken]
    worse, better = sorted(range(2), key=lambda n: recalled[n])
    outside = replace(dev(vectors, vectors), live_passages=shaken[better])
    assert 0.01 < recalled[better] - recalled[worse] < 0.03
    assert general_recall_loss(outside, vectors, shaken[worse]) == 0
    assert general_recall_loss(replace(outside, live_passages=shaken[worse]), vectors, shaken[better]) < 0
