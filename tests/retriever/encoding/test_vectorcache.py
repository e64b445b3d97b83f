"""Vectors are made once, kept through interruptions and kills, and shared by processes."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from hone.errors import HoneError
from retriever.encoding.encoder import EncoderCard, Vectors
from retriever.encoding.hashing import HashEncoder
from retriever.encoding.vectorcache import SLICE, VectorCache, encode_cached, hash_text

WRITER = """
import sys
import numpy as np
from pathlib import Path
from retriever.encoding.vectorcache import VectorCache, hash_text
cache = VectorCache(Path(sys.argv[1]))
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    texts = [f"{sys.argv[2]} {number} {row}" for row in range(20)]
    cache.put("model", [hash_text(text) for text in texts], np.full((20, 8), number, np.float32))
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


class Counting:
    """Counts the texts that are really encoded, and can fail after some."""

    def __init__(self, *, fail_after: int = 1_000_000) -> None:
        self._inner = HashEncoder()
        self.encoded = 0
        self._fail_after = fail_after

    @property
    def card(self) -> EncoderCard:
        return self._inner.card

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._inner.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        if self.encoded + len(texts) > self._fail_after:
            raise KeyboardInterrupt
        self.encoded += len(texts)
        return self._inner.encode_passages(texts)


def writer(path: Path, name: str, start: int, stop: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(path), name, str(start), str(stop)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_texts_are_encoded_once(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "vectors.db")
    encoder = Counting()
    done: list[int] = []
    first = encode_cached(encoder, cache, ["a b", "c d", "a b"], done.append)
    assert encoder.encoded == 2
    assert sum(done) == 3
    again = encode_cached(encoder, cache, ["c d", "e f", "a b"], done.append)
    assert encoder.encoded == 3
    assert np.array_equal(again[2], first[0])
    assert np.array_equal(again, HashEncoder().encode_passages(["c d", "e f", "a b"]))
    assert encode_cached(encoder, cache, []).shape == (0, 256)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(3 * SLICE)]
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        encode_cached(Counting(fail_after=2 * SLICE), VectorCache(tmp_path / "v.db"), texts, done.append)
    assert done == [0, SLICE, SLICE]
    encoder = Counting()
    encode_cached(encoder, VectorCache(tmp_path / "v.db"), texts)
    assert encoder.encoded == SLICE


def test_models_do_not_share_vectors(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "v.db")
    key = hash_text("text")
    cache.put("one", [key], np.ones((1, 4), np.float32))
    assert cache.get("two", [key]) == [None]
    found = cache.get("one", [hash_text("other"), key])
    assert found[0] is None
    assert found[1] is not None
    assert found[1].tolist() == [1, 1, 1, 1]


def test_prune_keeps_the_models_named_and_gives_space_back(tmp_path: Path) -> None:
    path = tmp_path / "v.db"
    cache = VectorCache(path)
    keys = [hash_text(str(number)) for number in range(2000)]
    for model in ("old", "live"):
        cache.put(model, keys, np.ones((2000, 64), np.float32))
    assert [(size.model, size.vectors, size.bytes) for size in cache.sizes()] == [
        ("live", 2000, 512_000),
        ("old", 2000, 512_000),
    ]
    cache.close()
    before = path.stat().st_size
    cache = VectorCache(path)
    assert cache.prune(["live"]) == 2000
    assert [size.model for size in cache.sizes()] == ["live"]
    cache.close()
    assert path.stat().st_size < 0.7 * before
    assert VectorCache(path).prune([]) == 2000


def test_a_damaged_vector_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "v.db"
    cache = VectorCache(path)
    expected = encode_cached(HashEncoder(), cache, ["a b"])
    cache.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE vectors SET vector = zeroblob(1024)")
    encoder = Counting()
    assert np.array_equal(encode_cached(encoder, VectorCache(path), ["a b"]), expected)
    assert encoder.encoded == 1


def test_a_file_that_is_no_database_is_named_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "v.db"
    path.write_bytes(b"not a database, " * 1000)
    with pytest.raises(HoneError, match=r"v\.db is damaged") as caught:
        VectorCache(path)
    assert "-wal" in caught.value.hint


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "v.db"
    writers = [writer(path, name, 0, 40) for name in ("left", "right", "third")]
    for process in writers:
        process.communicate(timeout=60)
    assert [process.returncode for process in writers] == [0, 0, 0]
    assert VectorCache(path).sizes()[0].vectors == 3 * 40 * 20


def test_what_was_kept_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "v.db"
    process = writer(path, "text", 0, 100_000)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(25)]
    os.kill(process.pid, signal.SIGKILL)
    rest, _ = process.communicate(timeout=60)
    said += [int(line) for line in rest.splitlines() if line]
    cache = VectorCache(path)
    for number in said:
        found = cache.get("model", [hash_text(f"text {number} {row}") for row in range(20)])
        assert all(vector is not None and vector[0] == number for vector in found)
    assert cache.sizes()[0].vectors % 20 == 0
