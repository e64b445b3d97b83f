"""Vectors that have been made once: one SQLite file, by model and by text."""

import hashlib
import sqlite3
import threading
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hone.database import open_wal
from hone.errors import HoneError
from retriever.encoding.encoder import Encoder, Vectors

SLICE = 512  # texts encoded between two commits: a few seconds' work, which is what an interruption can lose
FLOAT = 4  # bytes
KEYS_PER_QUERY = 500  # below the 999 variables that any SQLite takes
BUSY_SECONDS = 30.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS models (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS vectors (
    model INTEGER NOT NULL REFERENCES models (id),
    text BLOB NOT NULL,
    vector BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (model, text)
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSize:
    """What the cache holds of one model."""

    model: str
    vectors: int
    bytes: int


def hash_text(text: str) -> bytes:
    """Hash a text exactly as it is embedded, in 16 bytes."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class VectorCache:
    """Vectors by model hash and text hash; safe with several threads and processes, and after a kill."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._explained():
            self._connection = open_wal(path, BUSY_SECONDS, first="PRAGMA auto_vacuum = INCREMENTAL")
            self._connection.executescript(SCHEMA)

    def get(self, model: str, keys: Sequence[bytes]) -> list[NDArray[np.float32] | None]:
        """Look up vectors by the hashes of their texts, in the order given."""
        found: dict[bytes, NDArray[np.float32]] = {}
        with self._lock, self._explained():
            for start in range(0, len(keys), KEYS_PER_QUERY):
                found.update(self._select(model, keys[start : start + KEYS_PER_QUERY]))
        return [found.get(key) for key in keys]

    def put(self, model: str, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Keep vectors, in one transaction."""
        blobs = [row.tobytes() for row in np.ascontiguousarray(vectors, dtype="<f4")]
        with self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO models (hash) VALUES (?)", (model,))
            (number,) = connection.execute("SELECT id FROM models WHERE hash = ?", (model,)).fetchone()
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (model, text, vector, checksum) VALUES (?, ?, ?, ?)",
                ((number, key, blob, zlib.crc32(blob)) for key, blob in zip(keys, blobs, strict=True)),
            )

    def prune(self, keep_models: Sequence[str]) -> int:
        """Drop the vectors of every other model, give the space back, and return how many were dropped."""
        marks = ", ".join("?" * len(keep_models))
        # Only question marks are put into these statements.
        others = f"SELECT id FROM models WHERE hash NOT IN ({marks})"  # noqa: S608
        with self._transaction() as connection:
            gone = connection.execute(f"DELETE FROM vectors WHERE model IN ({others})", keep_models).rowcount  # noqa: S608
            connection.execute(f"DELETE FROM models WHERE hash NOT IN ({marks})", keep_models)  # noqa: S608
        with self._lock, self._explained():
            # As a script, because execute() steps once, and each step gives one page back.
            self._connection.executescript("PRAGMA incremental_vacuum")
        return gone

    def sizes(self) -> tuple[ModelSize, ...]:
        """List what is kept of each model, largest first."""
        query = """SELECT hash, COUNT(text), COALESCE(SUM(LENGTH(vector)), 0) AS size
                   FROM models LEFT JOIN vectors ON model = id GROUP BY id ORDER BY size DESC, hash"""
        with self._lock, self._explained():
            rows = self._connection.execute(query).fetchall()
        return tuple(ModelSize(model=model, vectors=count, bytes=size) for model, count, size in rows)

    def damaged(self, dimensions: Mapping[str, int], on_batch: Callable[[int], None] = lambda _: None) -> int:
        """Count the vectors that are not as they were made; models that are not among `dimensions` may have any."""
        found = 0
        query = "SELECT hash, vector, checksum FROM vectors JOIN models ON model = id"
        with self._lock, self._explained():
            rows = self._connection.execute(query)
            while batch := rows.fetchmany(SLICE):
                found += sum(not _is_good(blob, checksum, dimensions.get(model)) for model, blob, checksum in batch)
                on_batch(len(batch))
        return found

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _select(self, model: str, keys: Sequence[bytes]) -> Iterator[tuple[bytes, NDArray[np.float32]]]:
        marks = ", ".join("?" * len(keys))
        query = f"""SELECT text, vector, checksum FROM vectors
                    WHERE model = (SELECT id FROM models WHERE hash = ?) AND text IN ({marks})"""  # noqa: S608
        for key, blob, checksum in self._connection.execute(query, (model, *keys)):
            if zlib.crc32(blob) == checksum:  # a damaged vector is as good as none: it is made again
                yield key, np.frombuffer(blob, dtype="<f4").astype(np.float32)

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with self._lock, self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise HoneError(
                f"The vector cache {self._path} can't be used: {error}",
                hint="Check the disk and the folder's permissions, and that no other run is using it; then try again.",
            ) from error
        except sqlite3.DatabaseError as error:
            raise HoneError(
                f"The vector cache {self._path} is damaged: {error}",
                hint="Delete it (and its -wal and -shm files); its vectors are then computed again.",
            ) from error


def _is_good(blob: bytes, checksum: int, dimensions: int | None) -> bool:
    if zlib.crc32(blob) != checksum or len(blob) % FLOAT or dimensions not in (None, len(blob) // FLOAT):
        return False
    return bool(np.isfinite(np.frombuffer(blob, dtype="<f4")).all())


def encode_cached(
    encoder: Encoder, cache: VectorCache, texts: Sequence[str], on_batch: Callable[[int], None] = lambda _: None
) -> Vectors:
    """Encode passages, only those that the cache lacks, calling `on_batch` with how many more are done each time.

    Each slice is kept before the next begins, so an interrupted run continues where it stopped.
    """
    card = encoder.card
    keys = [hash_text(text) for text in texts]
    places: dict[bytes, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    rows = np.empty((len(texts), card.dimensions), dtype=np.float32)
    unique = list(places)
    missing: list[bytes] = []
    for key, vector in zip(unique, cache.get(card.hash, unique), strict=True):
        if vector is None or vector.size != card.dimensions:
            missing.append(key)
        else:
            rows[places[key]] = vector
    on_batch(len(texts) - sum(len(places[key]) for key in missing))
    for start in range(0, len(missing), SLICE):
        part = missing[start : start + SLICE]
        vectors = encoder.encode_passages([texts[places[key][0]] for key in part])
        cache.put(card.hash, part, vectors)
        for key, vector in zip(part, vectors, strict=True):
            rows[places[key]] = vector
        on_batch(sum(len(places[key]) for key in part))
    return rows
