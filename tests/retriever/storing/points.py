"""Points and questions whose scores can be checked by eye."""

import uuid

import numpy as np
from qdrant_client import models

from retriever.storing.store import LegQuery, Point, PointFilter, Store

STAFF = frozenset({"staff"})
# All that qdrant-client's in-memory mode can score: words end at everything but letters and digits.
IN_MEMORY = models.TextIndexParams(type=models.TextIndexType.TEXT, tokenizer=models.TokenizerType.WORD, scoring=True)


def ids_in(store: Store, groups: frozenset[str] = STAFF) -> frozenset[str]:
    """What a store gives these groups where nothing is asked of it but everything."""
    facts = store.facts()
    anywhere = np.eye(1, facts.dimensions, dtype=np.float32)[0]
    asked = LegQuery(vector=anywhere, words="", filter=PointFilter(groups=groups), limit=facts.points + 1)
    return frozenset(hit.id for hit in store.search([asked])[0]["dense"])


def id_of(number: int) -> str:
    return str(uuid.UUID(int=number))


def point(
    number: int,
    *,
    words: str = "leave",
    groups: str = "staff",
    angle: float = 0.0,
    path: str = "a.md",
    dimensions: int = 4,
) -> Point:
    """A point whose vector is so many degrees from the question's; odd ones are from the wiki, every third is a PDF."""
    vector = np.zeros(dimensions, dtype=np.float32)
    vector[:2] = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    return Point(
        id=id_of(number),
        vector=vector,
        words=words,
        document=f"document-{number}",
        source="wiki" if number % 2 else "drive",
        kind="md" if number % 3 else "pdf",
        path=path,
        modified=1000.0 * number,
        groups=frozenset(groups.split()),
    )


def question(words: str = "leave", *, limit: int = 10, allowed: PointFilter | None = None) -> LegQuery:
    """The question that stands at zero degrees."""
    vector = np.array([1, 0, 0, 0], dtype=np.float32)
    return LegQuery(vector=vector, words=words, filter=allowed or PointFilter(groups=STAFF), limit=limit)


def found(store: Store, asked: LegQuery) -> tuple[list[int], list[int]]:
    """The numbers of the points that each leg found."""
    hits = store.search([asked])[0]
    return [uuid.UUID(hit.id).int for hit in hits["dense"]], [uuid.UUID(hit.id).int for hit in hits["bm25"]]
