"""What a store is: the points of one generation, searched by two legs under one filter."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

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

    def regroup(self, ids: Sequence[str], groups: frozenset[str]) -> None: ...

    def delete(self, ids: Sequence[str]) -> None: ...

    def ids(self) -> frozenset[str]: ...

    def facts(self) -> StoreFacts: ...

    def compact(self) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class Engine(Protocol):
    """Makes, opens and drops the stores of generations, each under its name."""

    def create(self, generation: str, dimensions: int) -> Store: ...

    def copy(self, generation: str, to: str) -> Store: ...

    def open(self, generation: str) -> Store: ...

    def drop(self, generation: str) -> None: ...

    def exists(self, generation: str) -> bool: ...

    def files(self, generation: str) -> Sequence[Path]: ...


ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def checked_name(generation: str) -> str:
    """The name, if it can be a folder's and a collection's."""
    if not ALLOWED.fullmatch(generation):
        raise UsageError(
            f"{generation!r} can't be the name of a generation.",
            hint="Use up to 100 letters, digits, dots, dashes and underscores, starting with a letter or digit.",
        )
    return generation


def unknown_generation(generation: str, place: str) -> HoneError:
    """The error for a generation that isn't there."""
    return HoneError(
        f"There is no generation {generation!r} in {place}.",
        hint="List them with `hone index list`, or build a new one with `hone index rebuild`.",
    )


def taken_name(generation: str, place: str) -> HoneError:
    """The error for a generation that is already there."""
    return HoneError(
        f"There is already a generation {generation!r} in {place}.",
        hint="Drop it first with `hone index prune`, or use another name.",
    )
