"""Batches: each text once, like lengths together, every process its share, and what may not be held against what."""

import numpy as np
import pytest

from tests.training.lessons import data, directions
from training.fitting.batches import Collator, GlobalBatches, Tokenized, batch_size
from training.fitting.options import FitOptions
from training.lesson.training_data import Example, TrainingData

PLAIN = FitOptions(mask_likely_positives=False, distillation_weight=0.0)


def collator(made: TrainingData, options: FitOptions = PLAIN, rank: int = 0, world: int = 1) -> Collator:
    rng = np.random.default_rng(1)
    questions, passages = (
        [[1] * int(length) for length in rng.integers(3, 90, len(side.texts))]
        for side in (made.questions, made.passages)
    )
    tokens = Tokenized(questions=questions, passages=passages, general=[], pad=0)
    return Collator(data=made, tokens=tokens, options=options, rank=rank, world=world)


def some(count: int = 40) -> TrainingData:
    examples = tuple(
        Example(question=n, positive=n, negatives=((n + 1) % count, (n + 2) % count)) for n in range(count)
    )
    return data(directions(count), directions(count, seed=8), examples)


def test_every_text_is_encoded_once() -> None:
    made = collator(some())(range(10))
    assert made["counts"].tolist() == [10, 12, 0], "ten answers, and two wrong ones that are nobody's answer here"
    rows = sorted(row for group in made["groups"] for row in group["rows"].tolist())
    assert rows == list(range(22))


def test_groups_hold_one_side_and_little_padding() -> None:
    for group in collator(some(400))(range(300))["groups"]:
        inside = {"query" if row < 300 else "document" for row in group["rows"].tolist()}
        assert inside == {group["side"]}
        mask = group["attention_mask"]
        assert mask.numel() <= 4096 + mask.shape[1]
        if len(mask) > 16:
            assert float(mask.float().mean()) > 0.8


def test_processes_share_a_batch_without_a_gap() -> None:
    parts = [collator(some(), rank=rank, world=3)(range(20)) for rank in range(3)]
    rows = sorted(row for part in parts for group in part["groups"] for row in group["rows"].tolist())
    assert rows == list(range(int(parts[0]["counts"].sum())))
    assert all(part["masked"].tolist() == parts[0]["masked"].tolist() for part in parts)


def test_what_may_be_right_is_not_held_against_a_question() -> None:
    examples = tuple(Example(question=n, positive=n) for n in range(4))
    made = data(directions(4), directions(4, seed=8), examples, q0=frozenset({0, 2}))
    masked = collator(made)(range(4))["masked"].tolist()
    assert masked[0] == [False, False, True, False], "its own answer is never masked"
    assert masked[1] == [False] * 4


def test_what_the_live_model_finds_nearer_than_the_answer_is_left_out() -> None:
    questions = np.eye(3, dtype=np.float32)
    passages = np.asarray([[0.6, 0.8, 0], [0.9, 0.4359, 0], [0, 0, 1]], dtype=np.float32)
    made = data(questions, passages, tuple(Example(question=n, positive=n) for n in range(3)))
    assert collator(made, FitOptions(distillation_weight=0.0))(range(3))["masked"].tolist()[0] == [False, True, False]
    assert collator(made, PLAIN)(range(3))["masked"].tolist()[0] == [False] * 3
    assert (
        collator(made, FitOptions(distillation_weight=0.0, likely_positive_margin=0.4))(range(3))["masked"].tolist()[0]
        == [False] * 3
    )


def test_a_mined_wrong_answer_stays_though_the_live_model_likes_it() -> None:
    questions = np.eye(3, dtype=np.float32)
    passages = np.asarray([[0.6, 0.8, 0], [0.9, 0.4359, 0], [0, 0, 1]], dtype=np.float32)
    made = data(questions, passages, (Example(question=0, positive=0, negatives=(1,)),))
    assert collator(made, FitOptions(distillation_weight=0.0))([0])["masked"].tolist() == [[False, False]]


@pytest.mark.parametrize("count", [64, 100, 7])
def test_an_epoch_sees_examples_once_and_another_orders_them_otherwise(count: int) -> None:
    batches = GlobalBatches([n % 13 for n in range(count)], 8, seed=7)
    first = list(batches)
    assert list(batches) == first, "every process draws the same"
    seen = [row for batch in first for row in batch]
    assert len(set(seen)) == len(seen) <= count
    assert len(first) == len(batches)
    batches.set_epoch(1)
    assert list(batches) != first or count < 16


def test_long_texts_make_small_batches() -> None:
    made = some()
    short = Tokenized(questions=[[1] * 10] * 40, passages=[[1] * 20] * 40, general=[], pad=0)
    long = Tokenized(questions=[[1] * 10] * 40, passages=[[1] * 500] * 40, general=[], pad=0)
    longer = Tokenized(questions=[[1] * 10] * 40, passages=[[1] * 5000] * 40, general=[], pad=0)
    options = FitOptions(batch_size=32, hard_negatives=2)
    assert batch_size(made, short, options) == 32
    assert batch_size(made, long, options) == 16
    assert batch_size(made, longer, options) == 16
    assert batch_size(made, short, FitOptions(batch_size=4)) == 4
