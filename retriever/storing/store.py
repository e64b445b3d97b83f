"""What a store is: the points of one generation, as engines take them, searched by two legs under one filter."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from hone.errors import HoneError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A passage as the store holds it: what is searched and what is filtered by, nothing that is shown."""

    id: str  # the passage's UUID
    vector: NDArray[np.float32]
    words: str  # the text as the lexical leg reads it
    document: str
    source: str
    kind: str
    path: str
    modified: float  # seconds since the epoch, UTC
    groups: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointFilter:
    """What a search may see. `groups` is permission and can't be left out; the rest narrows."""

    groups: frozenset[str]
    sources: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    path: str = ""  # a folder (with everything below it) or a whole path
    since: float | None = None
    until: float | None = None
    documents: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()  # only these points: to ask a leg for the scores of passages another leg found


@dataclass(frozen=True, slots=True, kw_only=True)
class LegQuery:
    """One question to both legs; a leg whose input is missing is not asked."""

    vector: NDArray[np.float32] | None
    words: str
    filter: PointFilter
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegHit:
    id: str
    score: float


LegHits = Mapping[str, tuple[LegHit, ...]]  # what each leg found, best first; ties in order of id
NO_HITS: LegHits = {"dense": (), "bm25": ()}  # the legs that a store has


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFacts:
    """What a store says of itself; a manifest is checked against it."""

    points: int
    dimensions: int
    bytes: int
    details: Mapping[str, str] = field(default_factory=dict[str, str])


class Store(Protocol):
    """An open generation."""

    def search(self, queries: Sequence[LegQuery]) -> list[LegHits]: ...

    def upsert(self, points: Iterable[Point]) -> None: ...

    def delete(self, ids: Sequence[str]) -> None: ...

    def facts(self) -> StoreFacts: ...

    def compact(self) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class ScoredPoint(Protocol):
    """A point as an engine answers with it."""

    @property
    def id(self) -> object: ...

    @property
    def score(self) -> float: ...


Request = TypeVar("Request")  # an engine's own form of one leg of one query


def ask_legs(
    queries: Sequence[LegQuery],
    requests_of: Callable[[LegQuery], Iterable[tuple[str, Request]]],
    answer: Callable[[list[Request]], Sequence[Sequence[ScoredPoint]]],
) -> list[LegHits]:
    """Ask all legs of all queries in one call of an engine; who is in no group reads nothing.

    Best first, ties by id; of a tie that the limit cuts, the engine chooses who stays.
    """
    found: list[dict[str, tuple[LegHit, ...]]] = [dict(NO_HITS) for _ in queries]
    able = [
        (query, hits) for query, hits in zip(queries, found, strict=True) if query.filter.groups and query.limit > 0
    ]
    asked = [(hits, leg, request) for query, hits in able for leg, request in requests_of(query)]
    answers = answer([request for _, _, request in asked]) if asked else ()
    for (hits, leg, _), points in zip(asked, answers, strict=True):
        scored = [LegHit(id=str(point.id), score=point.score) for point in points]
        hits[leg] = tuple(sorted(scored, key=lambda hit: (-hit.score, hit.id)))
    return list(found)


class Engine(Protocol):
    """Makes, opens and drops the stores of generations, each under its name."""

    def create(self, generation: str, dimensions: int) -> Store: ...

    def copy(self, generation: str, to: str) -> Store: ...

    def open(self, generation: str) -> Store: ...

    def drop(self, generation: str) -> None: ...

    def exists(self, generation: str) -> bool: ...


ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def checked_name(generation: str) -> str:
    """Return the name, if it can be a folder's and a collection's."""
    if not ALLOWED.fullmatch(generation):
        raise UsageError(
            f"{generation!r} can't be the name of a generation.",
            hint="Use up to 100 letters, digits, dots, dashes and underscores, starting with a letter or digit.",
        )
    return generation


def unknown_generation(generation: str, place: str) -> HoneError:
    """Build the error for a generation that isn't there."""
    return HoneError(
        f"There is no generation {generation!r} in {place}.",
        hint="List them with `hone index list`, or build a new one with `hone index rebuild`.",
    )


def taken_name(generation: str, place: str) -> HoneError:
    """Build the error for a generation that is already there."""
    return HoneError(
        f"There is already a generation {generation!r} in {place}.",
        hint="Drop it first with `hone index prune`, or use another name.",
    )


DENSE = "dense"  # the vector's name
WORDS = "words"  # the text that BM25 reads, split on spaces and nothing else
MODIFIED = "modified"
DOCUMENT = "document"
GROUPS = "groups"
KEYWORDS = (GROUPS, "source", "kind", "folders", DOCUMENT)
T = TypeVar("T")
BATCH = 256  # 256 points of 384 dimensions hold the GIL for some 15 ms; larger batches are no faster
UNIT_TOLERANCE = 0.01  # bfloat16 encoders are this exact; anything further off was never normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A field that must hold one of these values."""

    field: str
    values: tuple[str, ...]


def payload_of(point: Point) -> dict[str, Any]:
    """Return everything of a point but its vector, as an engine stores it."""
    return {
        DOCUMENT: point.document,
        "source": point.source,
        "kind": point.kind,
        "path": point.path,
        "folders": folders_of(point.path),
        GROUPS: sorted(point.groups),
        MODIFIED: point.modified,
        WORDS: point.words,
    }


def folders_of(path: str) -> list[str]:
    """List every folder that holds the path, outermost first, and the path itself."""
    parts = [part for part in path.split("/") if part]
    return ["/".join(parts[: end + 1]) for end in range(len(parts))]


def matches_of(wanted: PointFilter) -> tuple[Match, ...]:
    """Build the keyword conditions of a filter; permission is first and always there."""
    path = tuple(folders_of(wanted.path)[-1:])
    narrowing: Mapping[str, tuple[str, ...]] = {
        "source": tuple(sorted(wanted.sources)),
        "kind": tuple(sorted(wanted.kinds)),
        "folders": path,
        DOCUMENT: tuple(sorted(wanted.documents)),
    }
    permission = Match(field=GROUPS, values=tuple(sorted(wanted.groups)))
    return (permission, *(Match(field=field, values=values) for field, values in narrowing.items() if values))


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[tuple[T, ...]]:
    """Cut into tuples of at most this size."""
    rest = iter(items)
    while batch := tuple(islice(rest, size)):
        yield batch


def stacked(points: Sequence[Point], dimensions: int) -> NDArray[np.float32]:
    """Stack the points' vectors as rows; refuse them if one has another length, isn't finite or isn't of unit length.

    An engine takes NaN without a word and then ranks by it, so this is the only check there is.
    """
    for point in points:
        require_dimensions(point.vector, dimensions, f"passage {point.id}")
    rows = np.stack([point.vector for point in points]).astype(np.float32, copy=False)
    lengths = np.linalg.norm(rows, axis=1)
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= UNIT_TOLERANCE))  # negated, so that NaN counts as wrong
    if wrong.size:
        first = int(wrong[0])
        raise HoneError(
            f"The vector of passage {points[first].id} has length {lengths[first]:.4f}; "
            f"{wrong.size} of {len(points)} vectors in its batch aren't of unit length.",
            hint="The model must return finite vectors of unit length; check it with `hone models show`.",
        )
    return rows


def require_dimensions(vector: NDArray[np.float32], dimensions: int, owner: str) -> None:
    """Refuse a vector that another model made."""
    if vector.shape != (dimensions,):
        raise HoneError(
            f"The vector of {owner} has shape {vector.shape}; this generation holds ({dimensions},).",
            hint="Use the model it was built with, or rebuild the index for this model: hone index rebuild",
        )
