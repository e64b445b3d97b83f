"""What every encoder must do; the fake, the real one, and the batching wrapper around both."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from retriever.encoding.batching import BatchingEncoder
from retriever.encoding.encoder import Encoder
from retriever.encoding.hashing import HashEncoder

TEXTS = [
    "How many days of parental leave are there?",
    "The VPN needs a hardware key since March.",
    "Parental leave is sixteen weeks for every employee, whatever the family looks like.",
    "",
    "Überstunden und Reisekosten – für alle 漢字 🙂",
]


@pytest.fixture(params=["hash", "sentence", "batching hash", "batching sentence"])
def encoder(request: pytest.FixtureRequest) -> Iterator[Encoder]:
    kind = str(request.param)
    inner = HashEncoder() if kind.endswith("hash") else request.getfixturevalue("sentence_encoder")
    if not kind.startswith("batching"):
        yield inner
        return
    batching = BatchingEncoder(inner)
    yield batching
    batching.close()


def test_rows_are_float32_unit_vectors_in_the_order_of_the_texts(encoder: Encoder) -> None:
    for encode in (encoder.encode_queries, encoder.encode_passages):
        vectors = encode(TEXTS)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), encoder.card.dimensions)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
        backwards = encode(TEXTS[::-1])
        assert np.sum(vectors * backwards[::-1], axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=2e-3)


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode_queries([]).shape == (0, encoder.card.dimensions)
    assert encoder.encode_passages([]).shape == (0, encoder.card.dimensions)


def test_the_same_text_gives_the_same_row(encoder: Encoder) -> None:
    vectors = encoder.encode_passages([TEXTS[0], TEXTS[1], TEXTS[0]])
    assert np.array_equal(vectors[0], vectors[2])
    assert not np.array_equal(vectors[0], vectors[1])


def test_a_row_does_not_depend_on_its_company(encoder: Encoder) -> None:
    alone = encoder.encode_passages([TEXTS[0]])[0]
    among = encoder.encode_passages([*TEXTS, "word " * 60])[0]
    assert float(alone @ among) > 0.999


def test_texts_on_one_subject_are_nearer_than_others(encoder: Encoder) -> None:
    query = encoder.encode_queries([TEXTS[0]])[0]
    scores = encoder.encode_passages(TEXTS[1:3]) @ query
    assert scores[1] > scores[0]


def test_threads_get_their_own_answers(encoder: Encoder) -> None:
    texts = [f"question number {number} about topic {number * 7}" for number in range(24)]
    expected = encoder.encode_queries(texts)
    with ThreadPoolExecutor(8) as pool:
        found = [vectors[0] for vectors in pool.map(encoder.encode_queries, [[text] for text in texts])]
    best = np.argmax(np.array(found) @ expected.T, axis=1)
    assert best.tolist() == list(range(24))


def test_the_card_says_what_the_vectors_are(encoder: Encoder) -> None:
    card = encoder.card
    assert card.model
    assert len(card.hash) == 64
    assert card.max_tokens >= 1
    assert card.truncate_dim is None
