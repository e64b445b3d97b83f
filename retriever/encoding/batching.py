"""The encoder that serves many: concurrent questions share one pass, and what is often looked at is kept."""

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hone.errors import HoneError
from retriever.encoding.encoder import Encoder, EncoderCard, Vectors
from retriever.encoding.tokenvectors import TokenEncoder, TokenVectors, unread
from retriever.encoding.vectorcache import hash_text

# How long a batch waits for as many askers as the last one had. Little beside the batch itself: 32 short questions
# take about 60 ms on one core, and 6 ms each when they are asked one by one.
WINDOW_SECONDS = 0.003
MAX_TEXTS = 64  # in one batch, so that no one waits for more than about 150 ms of other people's questions
# Stretches of passages that answers are chosen from; half of an answer's time went into encoding them, and what
# one person asks about is asked about by others. 1.6 KB each.
MOST_STRETCHES = 16_384
MOST_READ = 1024  # texts whose tokens are remembered, of some 60 KB each
logger = logging.getLogger(__name__)


class Remembered:
    """Vectors of one encoder by their texts' hashes; of more than `most`, the longest unused goes first."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._known: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def look_up(self, texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """Look up each text's vector, and encode those that are not known; two threads may both encode one."""
        if not texts:
            return encode(texts)
        keys = [hash_text(text) for text in texts]
        found = self._recall(keys)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            made = dict(zip(new, encode(list(new.values())), strict=True))
            self._keep(made)
            found |= made
        return np.stack([found[key] for key in keys])

    def _recall(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
            for key in found:
                self._known.move_to_end(key)
        return found

    def _keep(self, made: dict[bytes, NDArray[np.float32]]) -> None:
        with self._lock:
            # As copies: a row of a batch would hold on to all of the batch.
            self._known.update((key, vector.copy()) for key, vector in made.items())
            while self._most is not None and len(self._known) > self._most:
                self._known.popitem(last=False)


class RememberedTokens:
    """Token vectors of one encoder by their texts; the longest unused go first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[str, TokenVectors] = OrderedDict()
        self._lock = threading.Lock()

    def look_up(
        self, texts: Sequence[str], encode: Callable[[Sequence[str]], Sequence[TokenVectors]]
    ) -> list[TokenVectors]:
        """Look up each text's tokens, and encode those that are not known."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            found |= zip(new, encode(new), strict=True)
        with self._lock:
            for text, made in found.items():
                self._known[text] = made
                self._known.move_to_end(text)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return [found[text] for text in texts]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    texts: tuple[str, ...]
    answer: Future[Vectors] = field(default_factory=Future["Vectors"])


class BatchingEncoder:
    """Wraps an encoder so that questions from many threads are encoded together; a lone one never waits.

    What is given as a passage is remembered for a while.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._stretches, self._read = Remembered(MOST_STRETCHES), RememberedTokens(MOST_READ)
        self._calls: deque[_Call] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._worker = threading.Thread(target=self._work, name="encode-queries", daemon=True)
        self._worker.start()

    @property
    def card(self) -> EncoderCard:
        return self._encoder.card

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Turn questions into unit vectors, in one batch with those of other threads."""
        if not texts or len(texts) > MAX_TEXTS:
            return self._encoder.encode_queries(texts)
        call = _Call(texts=tuple(texts))
        with self._changed:
            if self._closed:
                raise HoneError("The encoder is closed", hint="Open the searcher again.")
            self._calls.append(call)
            self._changed.notify_all()
        return call.answer.result()

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Turn passages, or stretches of them, into unit vectors; callers bring batches of their own."""
        return self._stretches.look_up(texts, self._encoder.encode_passages)

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Turn texts into the vectors of their tokens; an encoder that knows none gives each text's own."""
        return self._read.look_up(texts, self._tokens)

    def _tokens(self, texts: Sequence[str]) -> Sequence[TokenVectors]:
        if isinstance(self._encoder, TokenEncoder):
            return self._encoder.encode_tokens(texts)
        return [unread(vector) for vector in self._encoder.encode_passages(texts)]

    def close(self) -> None:
        """Answer what has been asked, and take no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._worker.join()

    def _work(self) -> None:
        together = 1  # how many calls the last batch held
        while batch := self._next_batch(together):
            together = len(batch)
            _answer(self._encoder, batch)

    def _next_batch(self, together: int) -> list[_Call]:
        asked = time.monotonic()
        with self._changed:
            self._changed.wait_for(lambda: self._calls or self._closed)
            # Only askers who come straight back are worth waiting for: after a pause there is nobody to expect.
            if time.monotonic() - asked < WINDOW_SECONDS:
                self._changed.wait_for(lambda: len(self._calls) >= together or self._closed, WINDOW_SECONDS)
            batch: list[_Call] = []
            room = MAX_TEXTS
            while self._calls and len(self._calls[0].texts) <= room:
                batch.append(self._calls.popleft())
                room -= len(batch[-1].texts)
            return batch


def _answer(encoder: Encoder, batch: list[_Call]) -> None:
    try:
        vectors = encoder.encode_queries([text for call in batch for text in call.texts])
    except Exception as error:  # noqa: BLE001 - whatever it is belongs to the caller that caused it, never to this thread
        if len(batch) == 1:
            batch[0].answer.set_exception(error)
            return
        logger.warning("a batch of %d calls failed; retrying them one by one: %s", len(batch), error)
        for call in batch:
            _answer(encoder, [call])
        return
    start = 0
    for call in batch:
        call.answer.set_result(vectors[start : start + len(call.texts)])
        start += len(call.texts)
