"""What is kept beside each vector, and how a filter reads it: the same in every engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retriever.storing.store import Point, PointFilter

DENSE = "dense"  # the vector's name
WORDS = "words"  # the text that BM25 reads, split on spaces and nothing else
MODIFIED = "modified"
DOCUMENT = "document"
GROUPS = "groups"
KEYWORDS = (GROUPS, "source", "kind", "folders", DOCUMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A field that must hold one of these values."""

    field: str
    values: tuple[str, ...]


def payload_of(point: Point) -> dict[str, Any]:
    """Everything of a point but its vector, as an engine stores it."""
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
    """Every folder that holds the path, outermost first, and the path itself."""
    parts = [part for part in path.split("/") if part]
    return ["/".join(parts[: end + 1]) for end in range(len(parts))]


def matches_of(wanted: PointFilter) -> tuple[Match, ...]:
    """The keyword conditions of a filter; permission is first and always there."""
    path = tuple(folders_of(wanted.path)[-1:])
    narrowing: Mapping[str, tuple[str, ...]] = {
        "source": tuple(sorted(wanted.sources)),
        "kind": tuple(sorted(wanted.kinds)),
        "folders": path,
        DOCUMENT: tuple(sorted(wanted.documents)),
    }
    permission = Match(field=GROUPS, values=tuple(sorted(wanted.groups)))
    return (permission, *(Match(field=field, values=values) for field, values in narrowing.items() if values))
