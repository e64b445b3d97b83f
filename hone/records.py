"""The records that every folder speaks in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

EVERYONE = "everyone"  # the group that every asker belongs to
ADMIN = "admin"  # the group that reads what no other group was given


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: the only thing that permissions are built from."""

    name: str = ""  # empty: anonymous
    groups: frozenset[str] = frozenset({EVERYONE})

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", self.groups | {EVERYONE})

    def may_read(self, groups: frozenset[str]) -> bool:
        """Check whether this asker can read what these groups can read."""
        return not self.groups.isdisjoint(groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderCard:
    """Everything that decides what vectors an encoder makes; a generation is bound to it."""

    model: str  # the name or folder that a person gave
    hash: str  # sha256 over the weights, the tokenizer and the settings below
    dimensions: int  # after truncation
    max_tokens: int
    query_prompt: str
    passage_prompt: str
    truncate_dim: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionWeights:
    """How much the scores of each leg are worth beside each other; learned from known answers."""

    legs: Mapping[str, float] = field(hash=False)  # what a unit is worth, by leg; a leg's own weight where it is absent
    power: float  # of the standardised cosine

    @classmethod
    def read(cls, stored: Mapping[str, float]) -> "FusionWeights":
        """Read weights as registry and manifests keep them."""
        return cls(legs={name: weight for name, weight in stored.items() if name != "power"}, power=stored["power"])

    def stored(self) -> dict[str, float]:
        """Write weights flat, as registry and manifests keep them: the power beside the legs."""
        return {**self.legs, "power": self.power}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document as the library keeps it, without its text."""

    id: str  # the name it had when first seen; stays through renames
    source: str
    path: str  # where it is now, relative to its source
    title: str
    kind: str  # a format's name: md, pdf, py
    url: str
    groups: frozenset[str]
    modified: datetime
    text_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of a document that is searched, shown and cited as one."""

    id: str  # a UUID made from document, text and occurrence, so an unchanged passage keeps it
    document: str
    ordinal: int
    heading: tuple[str, ...]  # headings above it, outermost first
    preface: str  # text from elsewhere that it needs to be understood: a table's header row
    text: str  # exactly the document's text[start:end]
    start: int
    end: int
    page: int | None = None  # 1-based, where the format has pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """How an asker or a plan narrows a search; permission is never in here."""

    sources: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    path: str = ""  # a folder, or a document's whole path
    since: datetime | None = None
    until: datetime | None = None


# Why a search is made: a person typed it; it is a part of their question, what a passage led to, or another try at it.
Origin = Literal["typed", "part", "hop", "widened"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why a search is made, and for which ask."""

    origin: Origin = "typed"
    ask_id: str = ""  # empty: a search, not part of an ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where a passage stood in one stage, and with what score."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedBy:
    """Who found a hit useful for the same question or a similar one, which is why it stands higher."""

    people: int  # the asker included
    you: bool  # the asker is among them
    admin: bool  # an admin, or somebody who grades results, is among them
    same: bool  # for the same question
    nearness: float  # of the question to this one: above 0, and 1 for the same one


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage as a search shows it."""

    rank: int
    document: str
    passage: str
    title: str
    heading: tuple[str, ...]
    text: str
    start: int
    end: int
    page: int | None
    source: str
    path: str
    kind: str
    url: str
    modified: datetime
    score: float
    channels: Mapping[str, Channel]  # by stage: each leg, fused, reranked
    also_in: tuple[str, ...] = ()  # documents with a near-identical passage, shown once
    confirmed: ConfirmedBy | None = None  # where people lifted it

    @property
    def place(self) -> tuple[str, ...]:
        """Name where in its document it stands: the headings above it, but for one that repeats the title."""
        return tuple(part for part in self.heading if part.casefold() != self.title.casefold())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shuffle:
    """Neighbours on a page that were swapped at random, to measure how often each rank is seen."""

    first: int  # the rank at which the first pair begins: 1 or 2
    swapped: tuple[bool, ...]  # pair by pair


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What one search gave, and everything needed to say why."""

    search_id: str
    query: str
    asker: Asker
    filters: Filters
    model: str
    generation: str
    took_ms: Mapping[str, float]  # by stage, and total
    hits: tuple[Hit, ...]
    stages: Mapping[str, tuple[tuple[str, float], ...]]  # each stage's passages in order, with scores
    notices: tuple[str, ...] = field(default=())  # what the asker should know: a fallback
    shuffle: Shuffle | None = None  # how the page differs from its order, which is then in `stages` as "page"
