"""Heads: what they learn, what they leave alone, and that what serves is what was learned."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hone.progress import Silent
from retriever.encoding import open_encoder
from retriever.encoding.encoder import Vectors, unit_rows
from retriever.encoding.modelfolder import find_model_folder
from tests.training.lessons import data, dev, directions, jargon
from training.fitting.options import FitOptions
from training.lesson.training_data import Example, TrainingData
from training.tiers.attempt import Heads, TierJob
from training.tiers.heads import learn_head, save_with_heads, turn

WIDTH = 384


def job(made: TrainingData, workdir: Path, source: Path | None = None) -> TierJob:
    return TierJob(
        data=made,
        source=source or find_model_folder(""),
        workdir=workdir,
        options=FitOptions(),
        until=time.monotonic() + 60,
        device="cpu",
    )


def turned_away(count: int = 300, inside: int = 16) -> TrainingData:
    """Make questions that are their answers, turned within a few directions: a matrix can turn them back."""
    rng = np.random.default_rng(3)
    turning = np.linalg.qr(rng.normal(size=(inside, inside)))[0].astype(np.float32)
    basis = np.linalg.qr(rng.normal(size=(WIDTH, inside)))[0].T.astype(np.float32)
    low = directions(count, inside)
    passages = unit_rows(low @ basis)
    questions = unit_rows((0.2 * low + low @ turning) @ basis)
    examples = tuple(Example(question=n, positive=n) for n in range(count - 50))
    made = data(questions[50:], passages[50:], examples)
    return replace(made, dev=dev(questions[:50], passages[:50]))


@pytest.mark.slow
@pytest.mark.parametrize("both", [False, True])
def test_what_is_served_is_what_was_learned(tmp_path: Path, both: bool) -> None:
    built = jargon(open_encoder(""))
    attempt = learn_head(job(built, tmp_path), Silent(), both=both)
    assert attempt.score >= built.dev.before
    assert attempt.heads is not None
    assert attempt.folder is not None
    base, made = open_encoder(""), open_encoder(str(attempt.folder))
    texts = list(built.passages.texts[:20])
    passages, expected = made.encode_passages(texts), turn(base.encode_passages(texts), attempt.heads.passage)
    assert float((passages * expected).sum(axis=1).min()) > 0.999
    if not both:
        assert np.array_equal(passages, base.encode_passages(texts)), "the index stays, to the last bit"
    questions, wanted = made.encode_queries(texts), turn(base.encode_queries(texts), attempt.heads.query)
    assert float((questions * wanted).sum(axis=1).min()) > 0.999


@pytest.mark.slow
def test_a_head_on_a_model_with_a_head_is_multiplied_into_it(tmp_path: Path) -> None:
    first, second = _nearly_nothing(1), _nearly_nothing(2)
    save_with_heads(find_model_folder(""), Heads(query=first, passage=None), tmp_path / "one")
    save_with_heads(tmp_path / "one", Heads(query=second, passage=second), tmp_path / "two")
    base, made, texts = open_encoder(""), open_encoder(str(tmp_path / "two")), ["what is on the menu", "where to park"]
    expected = turn(turn(base.encode_queries(texts), first), second)
    assert float((made.encode_queries(texts) * expected).sum(axis=1).min()) > 0.999
    expected = turn(base.encode_passages(texts), second)
    assert float((made.encode_passages(texts) * expected).sum(axis=1).min()) > 0.999
    assert len(list((tmp_path / "two").glob("*Dense*"))) == 2, "one head a side, however often one is learned"


@pytest.mark.slow
def test_questions_that_were_turned_away_are_turned_back(tmp_path: Path) -> None:
    made = turned_away()
    attempt = learn_head(job(made, tmp_path), Silent(), both=False)
    assert attempt.score > made.dev.before + 0.1


@pytest.mark.parametrize(
    ("options", "learned"), [(FitOptions(), True), (FitOptions(likely_positive_margin=0.0), False)]
)
def test_what_the_live_model_finds_a_little_nearer_is_put_right(
    tmp_path: Path, options: FitOptions, learned: bool
) -> None:
    count = 60
    passages = np.eye(count, WIDTH, dtype=np.float32)
    asked = unit_rows(passages + 1.02 * np.roll(passages, 1, axis=0))  # each a little nearer to another's answer
    made = data(asked, passages, tuple(Example(question=n % count, positive=n % count) for n in range(40 * count)))
    attempt = learn_head(replace(job(made, tmp_path), options=options), Silent(), both=False)
    assert (attempt.score > made.dev.before + 0.2) is learned


def test_no_head_leaves_vectors_alone() -> None:
    vectors = directions(3)
    assert turn(vectors, None) is vectors


def _nearly_nothing(seed: int) -> Vectors:
    noise = np.random.default_rng(seed).normal(size=(WIDTH, WIDTH))
    return (np.eye(WIDTH) + 0.02 * noise).astype(np.float32)


def test_a_head_that_gains_nothing_makes_no_model(tmp_path: Path) -> None:
    vectors = directions(60, WIDTH)
    made = data(vectors, vectors, tuple(Example(question=n, positive=n) for n in range(60)))
    attempt = learn_head(job(made, tmp_path), Silent(), both=True)
    assert (attempt.score, attempt.folder, attempt.heads) == (made.dev.before, None, None)
    assert not list(tmp_path.iterdir())


def test_heads_of_shortened_vectors_serve_what_they_learned(tmp_path: Path) -> None:
    short, texts = 64, ["where is the invoice", "the canteen opens at noon"]
    live = open_encoder("", truncate_dim=short, device="cpu")
    rng = np.random.default_rng(5)
    query, passage = (rng.normal(size=(short, short)).astype(np.float32) for _ in range(2))
    for heads in (Heads(query=query, passage=None), Heads(query=query, passage=passage)):
        folder = tmp_path / ("two" if heads.passage is not None else "one")
        save_with_heads(find_model_folder(""), heads, folder)
        served = open_encoder(str(folder), truncate_dim=short, device="cpu")
        assert served.card.dimensions == short
        np.testing.assert_allclose(
            served.encode_queries(texts), turn(live.encode_queries(texts), heads.query), atol=2e-2
        )
        np.testing.assert_allclose(
            served.encode_passages(texts), turn(live.encode_passages(texts), heads.passage), atol=2e-2
        )
