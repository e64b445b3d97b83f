"""Which model is the sensible one: of those that are not shown to be worse than the best, the cheapest.

The rule in full. Best is the highest mean of the first measure over the fused order, which is what people get. A
model may stand in for it if the paired difference is not significant (Holm) and no larger than a hundredth or two.
Of these the one with the least time a passage is chosen; within a tenth, the one with fewer dimensions. The live
model stays unless another is better than it, or as good and clearly cheaper: a change costs a new index.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.model_selection.coverage import Coverage
from eval.model_selection.scoring import Speed
from eval.statistics import Interval, bootstrap, detectable, holm, paired_permutation
from hone.records import EncoderCard, FusionWeights

PRICE = 0.02  # of the measure; a larger loss is not worth any speed, even where few questions can't tell it from none
CLEARLY = 0.8  # of the live model's time; less of a gain is not worth a new index
ABOUT_AS_FAST = 1.1
FEW = 10  # questions; of fewer, not even what they could have shown can be told
ROUGH = 0.05  # a difference that this many questions could not have shown makes the choice a guess


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelScores:
    """What decides about a model."""

    name: str
    scores: Sequence[float]  # by question, in one order for all
    cost: float  # time per passage, relative to the live model's
    dimensions: int

    @property
    def mean(self) -> float:
        return sum(self.scores) / max(len(self.scores), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDifference:
    """How a model stands against another."""

    difference: Interval
    p: float  # paired permutation, corrected for how many there are


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """The sensible model, and why."""

    name: str
    why: str
    caution: str  # empty where there are questions enough


def against(reference: ModelScores, others: Sequence[ModelScores]) -> dict[str, ModelDifference]:
    """Compare models with one of them, question by question."""
    ps = holm([paired_permutation(reference.scores, item.scores) for item in others])
    return {
        item.name: ModelDifference(
            difference=bootstrap([b - a for a, b in zip(reference.scores, item.scores, strict=True)]), p=p
        )
        for item, p in zip(others, ps, strict=True)
    }


def choose(live: str, contestants: Sequence[ModelScores]) -> ModelChoice:
    """Name the sensible model."""
    best = max(contestants, key=lambda item: (item.mean, item.name == live, -item.cost))
    standings = against(best, [item for item in contestants if item is not best])
    able = [best, *(item for item in contestants if item.name in standings and _stands_in(standings[item.name]))]
    fastest = min(item.cost for item in able)
    quick = [item for item in able if item.cost <= fastest * ABOUT_AS_FAST]
    cheapest = min(quick, key=lambda item: (item.dimensions, item.cost))
    staying = next((item for item in able if item.name == live), None)
    chosen = staying if staying is not None and cheapest.cost > CLEARLY * staying.cost else cheapest
    return ModelChoice(name=chosen.name, why=_why(chosen, best, live, standings), caution=_caution(contestants))


def _stands_in(standing: ModelDifference) -> bool:
    return standing.p > 0.05 and standing.difference.mean >= -PRICE


def _why(chosen: ModelScores, best: ModelScores, live: str, standings: dict[str, ModelDifference]) -> str:
    if chosen.name == live:
        found = "it's the best" if chosen is best else f"{best.name} isn't significantly better"
        return f"{found}, nothing as good is clearly cheaper, and it's already live."
    if chosen is best:
        return "it's the best, and nothing as good is cheaper."
    gap = standings[chosen.name]
    return (
        f"{best.name} isn't significantly better (difference {gap.difference}, p {gap.p:.3f}), and this one takes "
        f"{chosen.cost / best.cost:.2f} of its time per passage."
    )


def _caution(contestants: Sequence[ModelScores]) -> str:
    first = contestants[0]
    seen = max(
        (detectable([b - a for a, b in zip(first.scores, item.scores, strict=True)]) for item in contestants[1:]),
        default=0.0,
    )
    if len(first.scores) < FEW:
        return (
            f"{len(first.scores):,} questions are too few to decide: treat the choice as a guess until you have more."
        )
    if seen <= ROUGH:
        return ""
    return (
        f"These {len(first.scores):,} questions can't show a difference below {seen:.3f}, so treat the choice as a "
        "guess until you have more."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything about a model but how good it is."""

    name: str
    card: EncoderCard
    licence: str
    weights: int | None  # bytes on the disk
    vectors: int  # bytes for this corpus
    coverage: Coverage | None
    speed: Speed
    fusion: FusionWeights
