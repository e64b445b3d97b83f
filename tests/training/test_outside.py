"""What would be forgotten shows while there is still a choice."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hone.settings import read_settings
from retriever.encoding.encoder import unit_rows
from retriever.encoding.hashing import HashEncoder
from retriever.progress import Silent
from tests.training.gate.office import write_canary
from tests.training.lessons import dev, directions
from training.choosing import best_of
from training.fitting.averaging import Mixed, least
from training.gate.canary import opened_canary
from training.outside import LOST, draw_outside, lost_outside
from training.tiers.attempt import Attempt


@pytest.mark.parametrize(
    ("lost", "share"),
    [
        ({0.0: 0.0, 0.25: 0.0}, 0.0),  # nothing is forgotten
        ({0.0: LOST * 3, 0.25: LOST, 0.5: 0.0}, 0.25),  # the fitted one forgets, and a quarter is enough
        ({0.0: LOST * 4, 0.25: LOST * 2, 0.5: LOST * 3}, 0.25),  # all forget: the one that forgets least
        ({0.0: -LOST, 0.5: -LOST * 2}, 0.0),  # more to be gained outside is no reason to hold back
    ],
)
def test_as_much_of_the_base_goes_in_as_forgetting_asks_for(lost: dict[float, float], share: float) -> None:
    assert least(lost) == share


def test_a_person_is_told_what_was_averaged_in() -> None:
    assert Mixed(share=0.25, score=0.9, lost=0.0).said.startswith("25% of what it began from")
    assert not Mixed(share=0.0, score=0.9, lost=0.0).said


def test_what_forgets_is_taken_only_where_nothing_else_is_better_than_what_is_live() -> None:
    weights = dev(directions(3), directions(3)).weights
    head = Attempt(tier="two-sided-head", score=0.85, weights=weights, lost=LOST / 2)
    full = Attempt(tier="full", score=0.90, weights=weights, lost=LOST * 2)
    assert best_of([head, full], 0.8) == head
    assert best_of([replace(head, score=0.79), full], 0.8) == full
    assert best_of([head, replace(full, lost=LOST)], 0.8) == replace(full, lost=LOST)


def test_a_training_looks_at_half_of_what_the_gate_asks(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with opened_canary(read_settings(home), write_canary(tmp_path / "towns"), Silent()) as canary:
        asked = {question.id for question, _ in canary.questions}
        looked_at = {question.id for question, _ in canary.development}
        outside = draw_outside(canary, HashEncoder())
    assert looked_at < asked
    assert len(looked_at) == pytest.approx(len(asked) / 2, rel=0.3)
    assert outside is not None
    assert set(outside.questions) == {question.text for question, _ in canary.development}
    assert np.all(outside.gains.sum(axis=1) == 1)


def test_what_is_lost_is_told_beside_the_live_encoder() -> None:
    vectors = directions(60)
    outside = dev(vectors, vectors)
    assert lost_outside(outside, vectors, vectors) == 0
    shaken = unit_rows(vectors + 2 * directions(60, seed=9))
    assert lost_outside(outside, shaken, vectors) > 0.1
    assert lost_outside(None, vectors, vectors) == 0
