"""How fast the embedded engine searches 50,000 points: each leg, both, and the second call for the scores across legs.

Run: python -m benchmarks.store [--points 50000] [--folder FOLDER]. Passages are Zipf-distributed as English is;
questions are of content words, and once of common ones too. CPU time stands beside wall time, for busy machines.
"""

import argparse
import hashlib
import json
import os
import resource
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hone.records import EncoderCard
from retriever.storing.edge import EdgeEngine, EdgeStore
from retriever.storing.manifest import seal, verify
from retriever.storing.store import LegQuery, Point, PointFilter

T = TypeVar("T")

DIMENSIONS = 384
VOCABULARY = 50_000
LENGTH = 60  # words a passage
GROUPS = 50
RARE_FROM = 100  # the hundred commonest words are what an analysed question mostly lacks
LIMIT = 100
ROUNDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """An asker, by what they may read."""

    name: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Seconds on the clock, and of the processor."""

    wall: float
    cpu: float

    def __add__(self, other: "Took") -> "Took":
        return Took(wall=self.wall + other.wall, cpu=self.cpu + other.cpu)


READERS = (
    Reader(name="20 % (one group in five)", groups=frozenset(f"g{number}" for number in range(10))),
    Reader(name="20 % (one large group)", groups=frozenset({"fifth"})),
    Reader(name="100 % (everyone)", groups=frozenset({"everyone"})),
    Reader(name="100 % (all 50 groups)", groups=frozenset(f"g{number}" for number in range(GROUPS))),
)


def main() -> None:
    """Build, seal, open and measure; print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--compact", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        engine = EdgeEngine(Path(folder))
        figures = {"commit": _commit(), "cores": os.cpu_count(), "points": options.points}
        figures |= _build(engine, Path(folder), options.points, options.compact)
        store, figures["open_s"] = _timed(lambda: engine.open("g"))
        figures |= {reader.name: _measure(store, reader, options.rounds) for reader in READERS}
        store.close()
        figures["peak_rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(figures, indent=1))


def _build(engine: EdgeEngine, root: Path, count: int, compact: bool) -> dict[str, object]:
    store = engine.create("g", DIMENSIONS)
    _, upserting = _timed(lambda: store.upsert(_points(count)))
    _, compacting = _timed(store.compact) if compact else (None, 0.0)
    _, flushing = _timed(store.flush)
    facts = store.facts()
    store.close()
    card = EncoderCard(
        model="", hash="", dimensions=DIMENSIONS, max_tokens=0, query_prompt="", passage_prompt="", truncate_dim=None
    )
    _, sealing = _timed(lambda: seal(root / "g", encoder=card, points=count, library_revision=0, analyser=0))
    damage, verifying = _timed(lambda: verify(root / "g"))
    assert damage == ()
    content = os.urandom(150 * 10**6)
    hashes = {name: _timed(lambda name=name: hashlib.new(name, content))[1] for name in ("sha256", "blake2b")}
    return {
        "upsert_s": upserting,
        "compact_s": compacting,
        "flush_s": flushing,
        "disk_mib": facts.bytes // 2**20,
        "seal_s": sealing,
        "verify_s": verifying,
        "hash_150_mb_s": hashes,
    }


def _measure(store: EdgeStore, reader: Reader, rounds: int) -> dict[str, object]:
    allowed = PointFilter(groups=reader.groups)
    rng = np.random.default_rng(1)
    common = [_question(rng, allowed, _common_words(rng, 8)) for _ in range(rounds)]
    content = [_question(rng, allowed, _content_words(rng, 8)) for _ in range(rounds)]
    both = [_both_and_crossed(store, query) for query in content]
    both_common = [_both_and_crossed(store, query) for query in common]
    return {
        "dense_ms": _percentiles([_search(store, _only_dense(query)) for query in content]),
        "bm25_ms": _percentiles([_search(store, _only_words(query)) for query in content]),
        "bm25_common_words_ms": _percentiles([_search(store, _only_words(query)) for query in common]),
        "both_ms": _percentiles([first for first, _ in both]),
        "crossed_ms": _percentiles([second for _, second in both]),
        "both_and_crossed_ms": _percentiles([first + second for first, second in both]),
        "both_and_crossed_common_words_ms": _percentiles([first + second for first, second in both_common]),
    }


def _both_and_crossed(store: EdgeStore, query: LegQuery) -> tuple[Took, Took]:
    """What both legs took, and then each leg's scores of what the other found."""
    hits, first = _took(lambda: store.search([query])[0])
    dense, bm25 = ({hit.id for hit in leg} for leg in (hits["dense"], hits["bm25"]))
    crossed = [_across(_only_dense(query), bm25 - dense), _across(_only_words(query), dense - bm25)]
    _, second = _took(lambda: store.search(crossed))
    return first, second


def _across(query: LegQuery, ids: set[str]) -> LegQuery:
    allowed = PointFilter(groups=query.filter.groups, ids=frozenset(ids))
    return LegQuery(vector=query.vector, words=query.words, filter=allowed, limit=len(ids))


def _only_dense(query: LegQuery) -> LegQuery:
    return LegQuery(vector=query.vector, words="", filter=query.filter, limit=query.limit)


def _only_words(query: LegQuery) -> LegQuery:
    return LegQuery(vector=None, words=query.words, filter=query.filter, limit=query.limit)


def _search(store: EdgeStore, query: LegQuery) -> Took:
    return _took(lambda: store.search([query]))[1]


def _question(rng: np.random.Generator, allowed: PointFilter, words: str) -> LegQuery:
    return LegQuery(vector=_unit(rng, 1)[0], words=words, filter=allowed, limit=LIMIT)


def _points(count: int) -> Iterator[Point]:
    rng = np.random.default_rng(0)
    for number, vector in enumerate(_unit(rng, count)):
        fifth = {"fifth"} if number % 5 == 0 else set[str]()
        yield Point(
            id=str(uuid.UUID(bytes=rng.bytes(16))),
            vector=vector,
            words=_common_words(rng, LENGTH),
            document=f"document-{number // 8}",
            source="wiki",
            kind="md",
            path=f"folder-{number % 20}/document-{number // 8}.md",
            modified=float(number),
            groups=frozenset({f"g{rng.integers(GROUPS)}", "everyone"} | fifth),
        )


def _unit(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    rows = rng.standard_normal((count, DIMENSIONS), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


_ODDS = 1 / np.arange(1, VOCABULARY + 1)
_UP_TO: NDArray[np.float64] = np.cumsum(_ODDS / _ODDS.sum())


def _common_words(rng: np.random.Generator, count: int) -> str:
    return _spelled(np.searchsorted(_UP_TO, rng.random(count)))


def _content_words(rng: np.random.Generator, count: int) -> str:
    start = float(_UP_TO[RARE_FROM])
    return _spelled(np.searchsorted(_UP_TO, start + (1 - start) * rng.random(count)))


def _spelled(numbers: NDArray[np.intp]) -> str:
    return " ".join(f"w{number}" for number in numbers)


def _percentiles(times: Sequence[Took]) -> dict[str, float]:
    """Milliseconds."""
    wall, cpu = [took.wall for took in times], [took.cpu for took in times]
    parts = {"p50": (wall, 50), "p95": (wall, 95), "cpu_p50": (cpu, 50), "cpu_p95": (cpu, 95)}
    return {name: round(1000 * float(np.percentile(values, part)), 2) for name, (values, part) in parts.items()}


def _took(work: Callable[[], T]) -> tuple[T, Took]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Took(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    result = work()
    return result, round(time.perf_counter() - started, 4)


def _commit() -> str:
    found = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return found.stdout.strip()


if __name__ == "__main__":
    main()
