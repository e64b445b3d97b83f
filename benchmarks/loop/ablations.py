"""What each ingredient is worth: the same log and the same budget, with one thing changed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from training.plan import TrainingPlan

Change = Callable[[TrainingPlan], TrainingPlan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A plan with one thing changed."""

    name: str
    change: Change


def _fit(**changed: Any) -> Change:
    return lambda plan: replace(plan, tier="full", options=replace(plan.options, **changed))


def _plan(**changed: Any) -> Change:
    return lambda plan: replace(plan, **changed)


VARIANTS: tuple[Variant, ...] = (
    *(
        Variant(name=f"tier {tier}", change=_plan(tier=tier))
        for tier in ("fusion", "query-head", "two-sided-head", "full")
    ),
    Variant(name="no mined negatives", change=_plan(tier="full", mining=None)),
    Variant(name="no masking", change=_fit(mask_likely_positives=False)),
    Variant(name="masking from margin 0", change=_fit(likely_positive_margin=0.0)),
    Variant(name="one way", change=_fit(symmetric=False)),
    Variant(name="no distillation", change=_fit(distillation_weight=0.0)),
    Variant(name="no mixing", change=_plan(tier="full", general=0.0)),
    Variant(name="no averaging", change=_fit(base_shares=())),
    Variant(name="words learned too", change=_fit(freeze_word_embeddings=False)),
    Variant(name="shorter vectors too", change=_fit(matryoshka_dimensions=(192, 96))),
)
