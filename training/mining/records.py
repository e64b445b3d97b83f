"""What mining is asked for, by which rules, and what it gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hone.records import EVERYONE, FusionWeights
from retriever.encoding.encoder import Encoder
from retriever.ranking.background import Background
from retriever.ranking.leg import Scorer
from retriever.storing.store import Store
from training.pairs.passages import Passages
from training.records import Judgment, Pair

# Why a passage that the pipeline found is no negative: its document is known to answer the question, it says nearly
# the same as what does, or the live model finds it nearer than the answer.
Reason = Literal["answers", "near-copy", "nearer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningRules:
    """How many negatives, and from how far down the live search's list."""

    negatives: int = 4  # a pair
    depth: int = 50  # passages asked of each leg, as a search asks
    close: float = 0.95  # cosine of two passages that say the same; the bound that clusters and leaks have too


RULES = MiningRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningInputs:
    """Pairs that want negatives, the live pipeline, and all that is known to be liked."""

    pairs: Sequence[Pair]
    passages: Passages
    store: Store  # the live generation's, open
    encoder: Encoder  # the live one, which the passages' vectors are of
    weights: FusionWeights
    background: Background
    liked: Sequence[Judgment] = ()
    clusters: Mapping[str, str] = field(default_factory=dict[str, str])  # by question key
    rules: MiningRules = RULES
    groups: frozenset[str] = frozenset({EVERYONE})  # who asks
    scorers: Mapping[str, Scorer] = field(default_factory=dict[str, Scorer])  # of legs that the store does not have

    def cluster(self, key: str) -> str:
        """Name the questions that nearly say the same."""
        return self.clusters.get(key, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningReport:
    """How mining went, in counts."""

    pairs: int
    questions: int
    full: int  # pairs with as many negatives as were wanted
    excluded: Mapping[Reason, int]  # passages that the search found for a pair, by why they were left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """Rows of the passages that are negatives: one tuple a pair, in the pairs' order, hardest first."""

    negatives: tuple[tuple[int, ...], ...]
    report: MiningReport
