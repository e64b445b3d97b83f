"""The embedded engine: qdrant-edge, one folder a generation, everything in this process.

A generation that isn't sealed has one owner, who writes; a sealed one has any number of readers, each on a view of its
own. Every call holds the GIL, so a generation is built in a process of its own.
"""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import qdrant_edge as qdrant

from hone.errors import HoneError
from hone.privacy import make_private_folder
from retriever.storing.copying import copy_file, copy_tree, files_below, remove_tree, sync, sync_tree
from retriever.storing.manifest import is_sealed
from retriever.storing.space import (
    FIRST_HOLES,
    FULL,
    VIEW_HOLES,
    FreeBytes,
    fills_holes,
    free_bytes,
    require_space,
    spare_folders,
)
from retriever.storing.store import (
    DENSE,
    GROUPS,
    KEYWORDS,
    MODIFIED,
    WORDS,
    LegHits,
    LegQuery,
    Point,
    PointFilter,
    StoreFacts,
    ask_legs,
    batches,
    checked_name,
    matches_of,
    payload_of,
    require_dimensions,
    stacked,
    taken_name,
    unknown_generation,
)
from retriever.storing.views import View, copied_bytes, make_view, own

SHARD = "shard"  # the engine's part of a generation's folder
VIEWS = ".views"
PATIENCE = 30.0  # seconds to wait for a generation's owner: longer than a small sync takes
VIEW_BYTES = 4 * 2**20  # what the engine writes in a view, a log that stays empty, takes half a MiB
POINT_BYTES = 1024  # a point's share of indexes and log besides its vector and words, rounded up
# Compacting makes one read-only segment of what is larger than this (KiB of vectors: some 7,000 of 384 dimensions), and
# no graph: building one took a minute for 50,000 and it lost neighbours; going through all is exact, and milliseconds.
COMPACT_FROM = 10_240
NO_GRAPH = qdrant.HnswIndexConfig(m=0, ef_construct=4, full_scan_threshold=10**9)
VERBATIM = qdrant.TextIndexParams(
    tokenizer=qdrant.TokenizerType.Whitespace,
    min_token_len=1,
    lowercase=False,
    ascii_folding=False,
    stemmer=qdrant.DisabledStemmer(),
    scoring=True,
)


class _Hold(Protocol):
    """What keeps a folder ours while it is open: its ownership, or a view of it."""

    def release(self) -> None: ...


class EdgeStore:
    """An open generation of the embedded engine."""

    def __init__(
        self, shard: qdrant.EdgeShard, folder: Path, hold: _Hold, *, sealed: bool, free: FreeBytes = free_bytes
    ) -> None:
        self._shard = shard
        self._folder = folder
        self._dimensions = _dimensions_in(folder)
        self._hold = hold
        self._sealed = sealed
        self._free = free
        self._written = 0  # bytes, as estimated
        self._closed = False

    def search(self, queries: Sequence[LegQuery]) -> list[LegHits]:
        """Ask both legs of every query in one call of the engine."""
        return ask_legs(queries, self._requests, self._answers)

    def upsert(self, points: Iterable[Point]) -> None:
        """Add points or replace those with the same id; what is done when this returns survives a kill."""
        for batch in batches(points):
            vectors = stacked(batch, self._dimensions)
            words = sum(len(point.words.encode()) for point in batch)
            # A vector goes to its storage and the log; words go to the payload, the text index and the log.
            need = 3 * vectors.nbytes + 4 * words + POINT_BYTES * len(batch)
            rows = [
                qdrant.Point(id=point.id, vector={DENSE: row}, payload=payload_of(point))
                for point, row in zip(batch, vectors.tolist(), strict=True)
            ]
            self._update(qdrant.UpdateOperation.upsert_points(rows), need)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove these points; ids that aren't here are left alone."""
        for batch in batches(ids):
            self._update(qdrant.UpdateOperation.delete_points(list(batch)), POINT_BYTES * len(batch))

    def facts(self) -> StoreFacts:
        """Report what the engine counts, and what the files take on the disk."""
        with self._calling("count points"):
            info = self._shard.info()
        details = {"engine": f"qdrant-edge {version('qdrant-edge-py')}", "segments": str(info.segments_count)}
        return StoreFacts(
            points=info.points_count, dimensions=self._dimensions, bytes=_taken(self._folder), details=details
        )

    def flush(self) -> None:
        """Put everything on the disk, so that it survives a power cut too."""
        if not self._sealed:
            with self._calling("flush"):
                self._shard.flush()
            sync_tree(self._folder)

    def compact(self) -> None:
        """Rearrange a finished generation for searching, with the same results; only for a builder's process.

        It stops every thread, for some 5 s per 50,000 points. In a copy, what is deleted afterwards still counts as a
        text in BM25, until enough has changed for it to be compacted again.
        """
        self._require_unsealed()
        require_space(self._folder, 2 * self._written, self._free)
        with self._calling("compact"):
            self._shard.optimize()
        self.flush()

    def close(self) -> None:
        """Let go of the generation; closing twice does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            with _engine_errors(f"close {self._folder}"):
                self._shard.close()
        finally:
            self._hold.release()

    def _answers(self, requests: Sequence[qdrant.QueryRequest]) -> list[list[qdrant.ScoredPoint]]:
        with self._calling("search"):
            return self._shard.query_batch(qdrant.QueryBatchRequest(list(requests)))

    def _requests(self, query: LegQuery) -> Iterator[tuple[str, qdrant.QueryRequest]]:
        filtered = _filter(query.filter)
        if query.vector is not None:
            require_dimensions(query.vector, self._dimensions, "the question")
            nearest = qdrant.Query.Nearest(query.vector.tolist(), using=DENSE)
            yield "dense", qdrant.QueryRequest(limit=query.limit, query=nearest, filter=filtered)
        if query.words.strip():
            text = qdrant.TextQuery(WORDS, query.words)
            yield "bm25", qdrant.QueryRequest(limit=query.limit, query=text, filter=filtered)

    def _update(self, change: qdrant.UpdateOperation, need: int) -> None:
        self._require_unsealed()
        require_space(self._folder, need, self._free)
        self._written += need
        with self._calling("change points"):
            self._shard.update(change)

    def _require_unsealed(self) -> None:
        if self._sealed:
            raise HoneError(
                f"Generation {self._folder.name!r} is sealed, so it can't be changed.",
                hint="Copy it to a new generation and change that one.",
            )

    @contextmanager
    def _calling(self, doing: str) -> Generator[None]:
        if self._closed:
            raise HoneError(f"The generation in {self._folder} is closed.", hint="Open it again.")
        with _engine_errors(f"{doing} in {self._folder}"):
            yield


class EdgeEngine:
    """Generations of the embedded engine, each in a folder below one root."""

    def __init__(
        self, root: Path, *, patience: float = PATIENCE, free: FreeBytes = free_bytes, compact_from: int = COMPACT_FROM
    ) -> None:
        self._root = root
        self._patience = patience
        self._free = free
        self._compact_from = compact_from

    def create(self, generation: str, dimensions: int) -> EdgeStore:
        """Make an empty generation and own it."""
        folder = self._vacant(generation)
        require_space(self._root, 0, self._free, holes=FIRST_HOLES)
        config = qdrant.EdgeConfig(
            vectors={DENSE: qdrant.EdgeVectorParams(dimensions, qdrant.Distance.Dot)},
            hnsw_config=NO_GRAPH,
            optimizers=qdrant.EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=self._compact_from),
        )

        def make() -> qdrant.EdgeShard:
            (folder / SHARD).mkdir()
            shard = qdrant.EdgeShard.create(str(folder / SHARD), config)
            for field, schema in _indexes():
                shard.update(qdrant.UpdateOperation.create_field_index(field, schema))
            shard.flush()
            return shard

        folder.mkdir(exist_ok=True)
        return self._owned(folder, make)

    def copy(self, generation: str, to: str) -> EdgeStore:
        """Make a generation that holds what another holds, and own it.

        The log comes along: without it the engine takes later changes for old ones, and drops them without a word.
        """
        source, target = self._existing(generation), self._vacant(to)
        unfinished = self._root / f".{to}.copying"
        remove_tree(unfinished)
        with self._at_rest(source):
            require_space(self._root, _taken(source), self._free)
            copy_tree(source / SHARD, unfinished / SHARD, copy_file)
        sync_tree(unfinished)
        unfinished.rename(target)
        sync(self._root)
        return self.open(to)

    def open(self, generation: str) -> EdgeStore:
        """Open a sealed generation to search it, beside whoever else does; own one that isn't sealed."""
        folder = self._existing(generation)
        if not is_sealed(folder):
            return self._owned(folder, lambda: qdrant.EdgeShard.load(str(folder / SHARD)))
        view = self._view(folder / SHARD, generation)
        return self._opened(view.folder, view, lambda: qdrant.EdgeShard.load(str(view.folder)), sealed=True)

    def drop(self, generation: str) -> None:
        """Remove a generation; readers keep what they have open."""
        folder = self._existing(generation)
        dropped = self._root / f".{generation}.dropped"
        remove_tree(dropped)
        with self._at_rest(folder):
            folder.rename(dropped)
        remove_tree(dropped)

    def exists(self, generation: str) -> bool:
        """Check whether the generation has a folder with the engine's files."""
        return (self._root / checked_name(generation) / SHARD).is_dir()

    def _view(self, sealed: Path, generation: str) -> View:
        """Make a view beside the index, or where there is room: searching goes on when indexing can't."""
        if view := self._view_in(self._root / VIEWS, sealed, generation):
            return view
        for folder in spare_folders(self._root):
            if view := self._view_in(folder, sealed, generation, outside=True):
                return view
        raise HoneError(
            f"The disk of {self._root} is full, and so are the machine's temporary disk and its memory.",
            hint="Free some space: a few MiB on the index's disk, or as much as the index takes on one of the others.",
        )

    def _view_in(self, views: Path, sealed: Path, generation: str, *, outside: bool = False) -> View | None:
        try:
            make_private_folder(views)
            need = copied_bytes(sealed, outside=outside) + VIEW_BYTES + (VIEW_HOLES if fills_holes(views) else 0)
            return make_view(sealed, views, generation, outside=outside) if self._free(views) >= need else None
        except OSError as error:
            if error.errno in FULL:
                return None
            raise HoneError(
                f"The index {sealed} can't be opened for searching: {error.strerror} ({error.filename}).",
                hint="Check the owner and permissions of the workspace folder.",
            ) from error

    def _existing(self, generation: str) -> Path:
        if not self.exists(generation):
            raise unknown_generation(generation, str(self._root))
        return self._root / generation

    def _vacant(self, generation: str) -> Path:
        if self.exists(generation):
            raise taken_name(generation, str(self._root))
        make_private_folder(self._root)
        return self._root / generation

    @contextmanager
    def _at_rest(self, folder: Path) -> Generator[None]:
        """Nobody writes in the folder meanwhile; in a sealed one nobody ever does."""
        if is_sealed(folder):
            yield
            return
        ownership = own(folder, self._patience)
        try:
            yield
        finally:
            ownership.release()

    def _owned(self, folder: Path, load: Callable[[], qdrant.EdgeShard]) -> EdgeStore:
        return self._opened(folder / SHARD, own(folder, self._patience), load, sealed=False)

    def _opened(self, folder: Path, hold: _Hold, load: Callable[[], qdrant.EdgeShard], *, sealed: bool) -> EdgeStore:
        try:
            with _engine_errors(f"open {folder}"):
                return EdgeStore(load(), folder, hold, sealed=sealed, free=self._free)
        except BaseException:
            hold.release()
            raise


def _indexes() -> Iterator[tuple[str, Any]]:
    for field in KEYWORDS:
        yield field, qdrant.KeywordIndexParams(is_tenant=True if field == GROUPS else None)
    yield MODIFIED, qdrant.FloatIndexParams()
    yield WORDS, VERBATIM


def _filter(wanted: PointFilter) -> qdrant.Filter:
    must: list[Any] = [
        qdrant.FieldCondition(match.field, match=qdrant.MatchAny(list(match.values))) for match in matches_of(wanted)
    ]
    if wanted.since is not None or wanted.until is not None:
        must.append(qdrant.FieldCondition(MODIFIED, range=qdrant.RangeFloat(gte=wanted.since, lte=wanted.until)))
    if wanted.ids:
        must.append(qdrant.HasIdCondition(set(wanted.ids)))
    return qdrant.Filter(must=must)


def _dimensions_in(folder: Path) -> int:
    config = json.loads((folder / "edge_config.json").read_text(encoding="utf-8"))
    return int(config["vectors"][DENSE]["size"])


def _taken(folder: Path) -> int:
    """Count the bytes that the folder's files take on the disk, holes not counted."""
    return sum(_blocks(path) * 512 for path in files_below(folder))


def _blocks(path: Path) -> int:
    try:
        return path.stat().st_blocks
    except FileNotFoundError:  # an open engine prepares its log's next file under another name first
        return 0


@contextmanager
def _engine_errors(doing: str) -> Generator[None]:
    try:
        yield
    except HoneError:
        raise
    except BaseException as error:
        # The engine raises bare Exceptions, and its panics aren't Exceptions at all.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise HoneError(
            f"The embedded engine couldn't {doing}: {error}",
            hint="Check the files with `hone index verify`; rebuild a damaged index with `hone index rebuild`.",
        ) from error
