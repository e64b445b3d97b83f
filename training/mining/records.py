"""What mining is asked for, by which rules, and what it gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from hone.records import EVERYONE, FusionWeights
from retriever.encoding.encoder import Encoder
from retriever.ranking.background import Background
from retriever.ranking.leg import Scorer
from retriever.storing.store import Store
from training.lesson.passages import Passages
from training.records import Judgment, Pair

# Why a passage that the pipeline found is no negative; the first that fits is the one that is counted.
Reason = Literal["positive", "liked", "neighbour", "section", "duplicate", "skipped", "margin", "unconfirmed"]
# Whose turn a negative was taken in. `shown`: skipped by people, and confirmed; `deeper`: below what the legs gave.
Origin = str  # a stage of the search, or "shown", "deeper", "random"


class Confirmer(Protocol):
    """Tells how well passages answer questions, from 0 to 1; nothing where it can't tell."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> Sequence[float | None]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningRules:
    """How many negatives, and how far they keep from what may be an answer."""

    negatives: int = 4  # a pair
    margin: float = 0.0  # of the positive's cosine, which a negative's stays below by; NV-Retriever's .05 taught less
    depth: int = 50  # passages asked of each leg, as a search asks
    close: float = 0.95  # cosine of two passages that say the same; the bound that clusters and leaks have too
    doubtful: float = 0.5  # what a confirmer says of a passage that may well be an answer
    tries: int = 4  # times `negatives` candidates a pair are confirmed at most


RULES = MiningRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningOrder:
    """Pairs that want negatives, the live pipeline, and all that is known to be liked."""

    pairs: Sequence[Pair]
    passages: Passages
    store: Store  # the live generation's, open
    encoder: Encoder  # the live one, which the passages' vectors are of
    weights: FusionWeights
    background: Background
    liked: Sequence[Judgment] = ()
    clusters: Mapping[str, str] = field(default_factory=dict[str, str])  # by question key
    shown: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])  # `skipped_above`
    rules: MiningRules = RULES
    confirm: Confirmer | None = None
    groups: frozenset[str] = frozenset({EVERYONE})  # who asks
    scorers: Mapping[str, Scorer] = field(default_factory=dict[str, Scorer])  # of legs that the store does not have
    seed: int = 7

    def cluster(self, key: str) -> str:
        """Name the questions that nearly say the same."""
        return self.clusters.get(key, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningReport:
    """How mining went, in counts."""

    pairs: int
    questions: int
    full: int  # pairs with as many negatives as were wanted
    short: int  # pairs with fewer
    excluded: Mapping[Reason, int]  # passages that the legs found for a pair, by why they were left out
    origins: Mapping[Origin, int]  # negatives by where they came from


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """Rows of the passages that are negatives: one tuple a pair, in the pairs' order, hardest first."""

    negatives: tuple[tuple[int, ...], ...]
    report: MiningReport
