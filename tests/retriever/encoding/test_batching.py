"""Batches are shared, errors are not, and nobody waits for company that isn't there."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from hone.errors import HoneError
from retriever.encoding.batching import MAX_TEXTS, BatchingEncoder
from retriever.encoding.encoder import EncoderCard, Vectors
from retriever.encoding.hashing import HashEncoder


class Recorder:
    """An encoder that notes its batches, can be held, and can't stand the word poison."""

    def __init__(self) -> None:
        self._inner = HashEncoder()
        self.batches: list[list[str]] = []
        self.passages: list[list[str]] = []
        self.begun = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    @property
    def card(self) -> EncoderCard:
        return self._inner.card

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.begun.set()
        assert self.gate.wait(10)
        if any("poison" in text for text in texts):
            raise HoneError("poison")
        return self._inner.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.passages.append(list(texts))
        return self._inner.encode_passages(texts)


def ask_while_busy(
    recorder: Recorder, batching: BatchingEncoder, pool: ThreadPoolExecutor, texts: list[str]
) -> tuple[Future[Vectors], list[Future[Vectors]]]:
    """Hold the worker at a first question, and let the others queue up behind it."""
    recorder.gate.clear()
    first = pool.submit(batching.encode_queries, ["first"])
    assert recorder.begun.wait(10)
    others = [pool.submit(batching.encode_queries, [text]) for text in texts]
    queue = batching._calls  # pyright: ignore[reportPrivateUsage] - not to be seen from outside
    while len(queue) < len(texts):
        threading.Event().wait(0.001)
    recorder.gate.set()
    return first, others


def test_questions_that_come_meanwhile_share_a_batch() -> None:
    recorder = Recorder()
    batching = BatchingEncoder(recorder)
    texts = [f"question {number}" for number in range(10)]
    with ThreadPoolExecutor(16) as pool:
        _, others = ask_while_busy(recorder, batching, pool, texts)
        for text, future in zip(texts, others, strict=True):
            assert float(future.result(10)[0] @ HashEncoder().encode_queries([text])[0]) == pytest.approx(1.0)
    batching.close()
    assert [len(batch) for batch in recorder.batches] == [1, 10]


def test_a_batch_is_bounded() -> None:
    recorder = Recorder()
    batching = BatchingEncoder(recorder)
    with ThreadPoolExecutor(MAX_TEXTS + 16) as pool:
        _, others = ask_while_busy(recorder, batching, pool, [f"q{number}" for number in range(MAX_TEXTS + 5)])
        for future in others:
            future.result(10)
    batching.close()
    assert [len(batch) for batch in recorder.batches] == [1, MAX_TEXTS, 5]


def test_an_error_reaches_only_the_one_who_caused_it() -> None:
    recorder = Recorder()
    batching = BatchingEncoder(recorder)
    with ThreadPoolExecutor(8) as pool:
        _, (good, bad, fine) = ask_while_busy(recorder, batching, pool, ["good", "poison", "fine"])
        assert good.result(10).shape == fine.result(10).shape == (1, 256)
        with pytest.raises(HoneError, match="poison"):
            bad.result(10)
        assert batching.encode_queries(["afterwards"]).shape == (1, 256)
    batching.close()


def test_a_lone_asker_gets_one_batch_a_question() -> None:
    recorder = Recorder()
    batching = BatchingEncoder(recorder)
    for number in range(5):
        batching.encode_queries([f"question {number}"])
    batching.close()
    assert [len(batch) for batch in recorder.batches] == [1] * 5


def test_close_answers_what_waits_and_refuses_the_rest() -> None:
    recorder = Recorder()
    batching = BatchingEncoder(recorder)
    with ThreadPoolExecutor(8) as pool:
        first, others = ask_while_busy(recorder, batching, pool, ["one", "two", "three"])
        batching.close()
        assert all(future.result(10).shape == (1, 256) for future in (first, *others))
    with pytest.raises(HoneError, match="closed"):
        batching.encode_queries(["late"])
    batching.close()


def test_stretches_are_encoded_once_and_the_longest_unused_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.encoding.batching.MOST_STRETCHES", 2)
    recorder = Recorder()
    batching = BatchingEncoder(recorder)
    first = batching.encode_passages(["a", "b", "a"])
    again = batching.encode_passages(["c", "a"])
    batching.encode_passages(["a", "b"])
    batching.close()
    assert recorder.passages == [["a", "b"], ["c"], ["b"]]
    assert np.array_equal(first, recorder.encode_passages(["a", "b", "a"]))
    assert np.array_equal(again, recorder.encode_passages(["c", "a"]))


def test_tokens_are_read_once_and_stood_in_for_where_an_encoder_knows_none() -> None:
    recorder, hashing = Recorder(), HashEncoder()
    (alone,) = BatchingEncoder(recorder).encode_tokens(["two words"])
    assert len(alone.starts) == 1
    batching = BatchingEncoder(hashing)
    (first,) = batching.encode_tokens(["two words"])
    assert first.starts.tolist() == [0, 4]
    assert batching.encode_tokens(["two words", "three"])[0] is first
