"""The server engine: a Qdrant server or cluster, one collection a generation, shared by every machine."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from hone.errors import HoneError
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

TIMEOUT = 30  # seconds; a batch of points on a busy server takes a few
REFUSED = (401, 403)
VERBATIM = models.TextIndexParams(
    type=models.TextIndexType.TEXT,
    tokenizer=models.TokenizerType.WHITESPACE,
    min_token_len=1,
    lowercase=False,
    ascii_folding=False,
    stemmer=models.DisabledStemmerParams(type=models.NoStemmer.NONE),
    scoring=True,
)


class ServerStore:
    """An open generation on a server."""

    def __init__(self, client: QdrantClient, collection: str) -> None:
        self._client = client
        self._collection = collection
        self._dimensions = self._info().dimensions
        self._closed = False

    def search(self, queries: Sequence[LegQuery]) -> list[LegHits]:
        """Ask both legs of every query in one request."""
        return ask_legs(queries, self._requests, self._answers)

    def upsert(self, points: Iterable[Point]) -> None:
        """Add points or replace those with the same id; they are in the server's log when this returns."""
        for batch in batches(points):
            vectors = stacked(batch, self._dimensions)
            rows = [
                models.PointStruct(id=point.id, vector={DENSE: row}, payload=payload_of(point))
                for point, row in zip(batch, vectors.tolist(), strict=True)
            ]
            with self._calling("add points"):
                self._client.upsert(self._collection, rows, wait=True)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove these points; ids that aren't here are left alone."""
        for batch in batches(ids):
            with self._calling("delete points"):
                self._client.delete(self._collection, models.PointIdsList(points=list(batch)), wait=True)

    def facts(self) -> StoreFacts:
        """Report what the server counts; it doesn't say what a collection takes on its disk, so bytes are 0."""
        with self._calling("count points"):
            return self._info()

    def compact(self) -> None:
        """Leave it to the server, which arranges its segments on its own."""

    def flush(self) -> None:
        """Nothing to do: the server has each change in its log before it answers, and flushes on its own."""

    def close(self) -> None:
        """Let go of the generation; the connection is the engine's and stays."""
        self._closed = True

    def _answers(self, requests: Sequence[models.QueryRequest]) -> list[list[models.ScoredPoint]]:
        with self._calling("search"):
            found = self._client.query_batch_points(self._collection, requests)
        return [answer.points for answer in found]

    def _requests(self, query: LegQuery) -> Iterator[tuple[str, models.QueryRequest]]:
        shared: dict[str, Any] = {"filter": _filter(query.filter), "limit": query.limit, "with_payload": False}
        if query.vector is not None:
            require_dimensions(query.vector, self._dimensions, "the question")
            yield "dense", models.QueryRequest(query=query.vector.tolist(), using=DENSE, **shared)
        if query.words.strip():
            yield "bm25", models.QueryRequest(query=models.TextQuery(text=query.words), using=WORDS, **shared)

    def _info(self) -> StoreFacts:
        with _server_errors(f"read {self._collection}"):
            info = self._client.get_collection(self._collection)
            points = self._client.count(self._collection, exact=True).count
        vectors = info.config.params.vectors
        if not isinstance(vectors, dict) or DENSE not in vectors:
            raise HoneError(
                f"The collection {self._collection!r} has no vector named {DENSE!r}, so it isn't one of Hone's.",
                hint="Set another prefix for Hone's collections, or drop that collection.",
            )
        details = {"engine": "qdrant server", "collection": self._collection, "segments": str(info.segments_count)}
        return StoreFacts(points=points, dimensions=vectors[DENSE].size, bytes=0, details=details)

    @contextmanager
    def _calling(self, doing: str) -> Generator[None]:
        if self._closed:
            raise HoneError(f"The generation {self._collection!r} is closed.", hint="Open it again.")
        with _server_errors(f"{doing} in {self._collection}"):
            yield


class ServerEngine:
    """Generations on a server, each a collection named after the prefix and itself."""

    def __init__(self, client: QdrantClient, prefix: str, *, words: models.TextIndexParams = VERBATIM) -> None:
        self._client = client
        self._prefix = checked_name(prefix)
        self._words = words

    def create(self, generation: str, dimensions: int) -> ServerStore:
        """Make an empty generation."""
        if self.exists(generation):
            raise taken_name(generation, "the server")
        collection = self._collection(generation)
        vectors = {DENSE: models.VectorParams(size=dimensions, distance=models.Distance.DOT)}
        with _server_errors(f"create {collection}"):
            self._client.create_collection(collection, vectors_config=vectors)
            for field, schema in self._indexes():
                self._client.create_payload_index(collection, field, schema, wait=True)
        return ServerStore(self._client, collection)

    def copy(self, generation: str, to: str) -> ServerStore:
        """Make a generation that holds what another holds now."""
        source = self.open(generation)
        target = self.create(to, source.facts().dimensions)
        offset: Any = None
        with _server_errors(f"copy {generation} to {to}"):
            while True:
                records, offset = self._client.scroll(
                    self._collection(generation), limit=256, offset=offset, with_payload=True, with_vectors=True
                )
                rows = [_again(record) for record in records]
                if rows:
                    self._client.upsert(self._collection(to), rows, wait=True)
                if offset is None:
                    return target

    def open(self, generation: str) -> ServerStore:
        """Open a generation, beside whoever else does."""
        if not self.exists(generation):
            raise unknown_generation(generation, "the server")
        return ServerStore(self._client, self._collection(generation))

    def drop(self, generation: str) -> None:
        """Remove a generation for everybody."""
        if not self.exists(generation):
            raise unknown_generation(generation, "the server")
        with _server_errors(f"drop {generation}"):
            self._client.delete_collection(self._collection(generation))

    def exists(self, generation: str) -> bool:
        """Check whether the server has the generation."""
        collection = self._collection(generation)
        with _server_errors(f"look for {collection}"):
            return self._client.collection_exists(collection)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _collection(self, generation: str) -> str:
        return f"hone-{self._prefix}-{checked_name(generation)}"

    def _indexes(self) -> Iterator[tuple[str, Any]]:
        for field in KEYWORDS:
            tenant = True if field == GROUPS else None  # lays points of a group side by side on the server's disk
            yield field, models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=tenant)
        yield MODIFIED, models.FloatIndexParams(type=models.FloatIndexType.FLOAT)
        yield WORDS, self._words


def connect(url: str, api_key: str | None, prefix: str) -> ServerEngine:
    """Open the engine on the server at this address; nothing is asked of it before the first call."""
    return ServerEngine(QdrantClient(url=url, api_key=api_key, timeout=TIMEOUT, check_compatibility=False), prefix)


def _filter(wanted: PointFilter) -> models.Filter:
    must: list[Any] = [
        models.FieldCondition(key=match.field, match=models.MatchAny(any=list(match.values)))
        for match in matches_of(wanted)
    ]
    if wanted.since is not None or wanted.until is not None:
        must.append(models.FieldCondition(key=MODIFIED, range=models.Range(gte=wanted.since, lte=wanted.until)))
    if wanted.ids:
        must.append(models.HasIdCondition(has_id=sorted(wanted.ids)))
    return models.Filter(must=must)


def _again(record: models.Record) -> models.PointStruct:
    vector: Any = record.vector  # read and written vectors are unlike types of the client, and alike in fact
    return models.PointStruct(id=record.id, vector=vector, payload=record.payload)


@contextmanager
def _server_errors(doing: str) -> Generator[None]:
    try:
        yield
    except UnexpectedResponse as error:
        refused = error.status_code in REFUSED
        hint = "Check the server's API key in the settings." if refused else "See the server's log."
        raise HoneError(
            f"The Qdrant server couldn't {doing}: {error.status_code} {error.reason_phrase}", hint=hint
        ) from error
    except ResponseHandlingException as error:
        raise HoneError(
            f"Can't reach the Qdrant server to {doing}: {error.source}",
            hint="Check that it is running and that its URL in the settings is right, then run this again.",
        ) from error
    except (ApiException, QdrantException) as error:
        raise HoneError(f"The Qdrant server couldn't {doing}: {error}", hint="Run this again in a moment.") from error
