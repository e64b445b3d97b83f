"""A library whose cosines are chosen by hand: each passage has its own for the one question that is asked."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hone.progress import Silent
from hone.records import EVERYONE, EncoderCard
from retriever.encoding.encoder import Vectors, unit_rows
from retriever.ranking.background import Background
from retriever.ranking.fusion import WEIGHTS
from retriever.ranking.words import analyse
from retriever.storing import open_embedded
from retriever.storing.store import Point
from training.mining.mine import mine
from training.mining.records import Mined, MiningInputs, MiningRules
from training.pairs.passages import PassagePlace, Passages
from training.records import Judgment, Pair

DIMENSIONS = 64
QUESTION = "how is the falcon washed"
CLUSTER = "how is a falcon washed"  # another question of the same cluster
BACKGROUND = Background(mean=0.0, deviation=0.1)


def id_of(name: str) -> str:
    """Return the id that a store takes for a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


@dataclass(slots=True, kw_only=True)
class Planted:
    """Lays passages, and mines among them."""

    folder: Path
    names: list[str] = field(default_factory=list[str])
    places: list[PassagePlace] = field(default_factory=list[PassagePlace])
    texts: list[str] = field(default_factory=list[str])
    vectors: list[Vectors] = field(default_factory=list[Vectors])
    groups: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    unread: set[str] = field(default_factory=set[str])  # in the store and not among the passages
    also: dict[str, Vectors] = field(default_factory=dict[str, Vectors])  # what else the encoder knows

    def lay(
        self,
        name: str,
        cosine: float = 0.0,
        text: str = "",
        *,
        at: PassagePlace | None = None,
        vector: Vectors | None = None,
        groups: frozenset[str] = frozenset({EVERYONE}),
    ) -> str:
        """Lay a passage so near to the question; from all others it is as far as that allows."""
        self.names.append(name)
        self.places.append(at or PassagePlace(document=f"{name}.md", ordinal=0))
        self.texts.append(text or f"Nothing but {name}.")
        self.vectors.append(leaning(cosine, len(self.names)) if vector is None else vector)
        self.groups.append(groups)
        return name

    @property
    def passages(self) -> Passages:
        """What has been laid and may be read."""
        kept = [row for row, name in enumerate(self.names) if name not in self.unread]
        return Passages(
            ids=tuple(id_of(self.names[row]) for row in kept),
            places=tuple(self.places[row] for row in kept),
            texts=tuple(self.texts[row] for row in kept),
            vectors=np.stack([self.vectors[row] for row in kept])
            if kept
            else np.empty((0, DIMENSIONS), dtype=np.float32),
        )

    def mine(self, pairs: Sequence[Pair], **options: Any) -> Mined:
        """Put all of it into a store and mine."""
        store = open_embedded(self.folder / uuid.uuid4().hex).create("g1", DIMENSIONS)
        store.upsert(self._points())
        given: dict[str, Any] = {"rules": MiningRules(negatives=2), "weights": WEIGHTS, "background": BACKGROUND}
        try:
            order = MiningInputs(pairs=pairs, passages=self.passages, store=store, encoder=self, **given | options)
            return mine(order, Silent())
        finally:
            store.close()

    def named(self, mined: Mined, place: int = 0) -> list[str]:
        """Return a pair's negatives by name."""
        names = {id_of(name): name for name in self.names}
        return [names[self.passages.ids[row]] for row in mined.negatives[place]]

    @property
    def card(self) -> EncoderCard:
        return EncoderCard(
            model="planted",
            hash="planted",
            dimensions=DIMENSIONS,
            max_tokens=64,
            query_prompt="",
            passage_prompt="",
            truncate_dim=None,
        )

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Put every question at the first axis."""
        return np.stack([leaning(1.0, 1) for _ in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Encode what the library lacks."""
        return np.stack([self.also[text] for text in texts])

    def _points(self) -> list[Point]:
        return [
            Point(
                id=id_of(name),
                vector=self.vectors[row],
                words=analyse(self.texts[row]),
                document=self.places[row].document,
                source="wiki",
                kind="md",
                path=self.places[row].document,
                modified=0.0,
                groups=self.groups[row],
            )
            for row, name in enumerate(self.names)
        ]


def leaning(cosine: float, axis: int) -> Vectors:
    """Return a unit vector with this cosine to the question, and with the rest of it along an axis of its own."""
    row = np.zeros((1, DIMENSIONS), dtype=np.float32)
    row[0, 0], row[0, axis] = cosine, max(0.0, 1 - cosine**2) ** 0.5
    return unit_rows(row)[0]


def pair(passage: str, query: str = QUESTION, *, text: str | None = None) -> Pair:
    """Make a pair with a passage, or with a text that the library has not."""
    return Pair(
        query=query,
        passage=id_of(passage) if text is None else f"text:{passage}",
        document=f"{passage}.md",
        text=f"Nothing but {passage}." if text is None else text,
        grade=3,
        weight=1.0,
        source="file",
        grounds=(),
    )


def judgment(passage: str, key: str = QUESTION, *, grade: int = 1, document: str = "", **more: Any) -> Judgment:
    """Make a judgment of a passage, or of a document where the passage is empty."""
    fields: dict[str, Any] = {
        "query": key,
        "key": key,
        "cluster": key,
        "passage": id_of(passage) if passage else "",
        "document": document or f"{passage}.md",
        "grade": grade,
        "weight": 0.5,
        "people": 2,
        "grounds": (),
    }
    return Judgment(**fields | more)
