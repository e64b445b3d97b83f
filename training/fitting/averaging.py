"""Averaging: over what a model has been on its way, and with the one it began from.

The mean of a way lies flatter than any point of it, and was not picked by the luck of one look; of the beginning, part
of what was forgotten comes back, often for nothing.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from transformers import TrainerCallback

from training.dev import DevSet
from training.fitting.looking import score_of, vectors_of
from training.lesson import Lesson
from training.outside import LOST, lost_outside

WORTH = 0.002  # of nDCG that may be given for staying nearer to the base: a tenth of what a gate can see

LUCK = 0.005  # of nDCG that the best of several looks owes to having been looked at often
FEWEST_LOOKS = 2

State = Mapping[str, torch.Tensor]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """How much of the base went in, and what came of it."""

    share: float
    score: float  # of the development questions
    lost: float  # outside the domain


@dataclass(kw_only=True)
class Trail(TrainerCallback):
    """The mean of what a model has been at every look; a fit that goes on where it was cut off begins a new one."""

    looks: int = 0
    _mean: dict[str, torch.Tensor] = field(default_factory=dict[str, torch.Tensor])

    def on_evaluate(self, *_: Any, model: torch.nn.Module, **__: Any) -> None:
        """Take in what the model is now."""
        self.looks += 1
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                known = self._mean.setdefault(name, torch.zeros_like(value))
                known += (value - known) / self.looks

    def take_over(self, model: SentenceTransformer, lesson: Lesson, bfloat16: bool, best: float) -> float:
        """Put the mean in the place of the best look's model if it is nearly as good, and give the score."""
        if self.looks < FEWEST_LOOKS:
            return best
        before = {name: value.detach().clone() for name, value in model.state_dict().items()}
        model.load_state_dict({**before, **self._mean})
        score = score_of(model, lesson.dev, bfloat16)
        log.info("the mean of %d looks %.4f, the best of them %.4f", self.looks, score, best)
        if score >= best - LUCK:
            return score
        model.load_state_dict(before)
        return best


def average_with(
    model: SentenceTransformer, base: State, lesson: Lesson, bfloat16: bool, shares: Sequence[float], score: float
) -> Mixed:
    """Put as much of the base in as what is forgotten asks for, and then as the development questions hardly mind."""
    fitted = {name: value.detach().clone() for name, value in model.state_dict().items()}
    found = [Mixed(share=0.0, score=score, lost=_lost(model, lesson.outside, bfloat16))]
    for share in shares:
        _put(model, fitted, base, share)
        lost = _lost(model, lesson.outside, bfloat16)
        found.append(Mixed(share=share, score=score_of(model, lesson.dev, bfloat16), lost=lost))
    chosen = choose(found)
    _put(model, fitted, base, chosen.share)
    return chosen


def choose(found: Sequence[Mixed]) -> Mixed:
    """Take, of those that forget little, the one nearest to the base that scores nearly best."""
    mild = [item for item in found if item.lost <= LOST] or [min(found, key=lambda item: item.lost)]
    best = max(item.score for item in mild)
    return max((item for item in mild if item.score >= best - WORTH), key=lambda item: item.share)


def _lost(model: SentenceTransformer, outside: DevSet | None, bfloat16: bool) -> float:
    return lost_outside(outside, *vectors_of(model, outside, bfloat16)) if outside is not None else 0.0


def _put(model: SentenceTransformer, fitted: State, base: State, share: float) -> None:
    mixed = {
        name: value if not value.is_floating_point() or name not in base else torch.lerp(value, base[name], share)
        for name, value in fitted.items()
    }
    model.load_state_dict(mixed)
