"""Averaging a fitted model with the one it began from: part of what it forgot comes back, and haste is evened out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from sentence_transformers import SentenceTransformer

from training.fitting.dev_evaluator import score_of, vectors_of
from training.lesson.dev_set import DevSet
from training.lesson.forgetting_probe import GENERAL_LOSS, general_recall_loss
from training.lesson.training_data import TrainingData

State = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class AveragedModel:
    """How much of the base went in, and what came of it."""

    share: float
    score: float  # of the development questions
    lost: float  # outside the domain

    @property
    def said(self) -> str:
        """Say what a person should know of it."""
        return f"Averaged with {self.share:.0%} of the model it started from." if self.share else ""


def average_with(
    model: SentenceTransformer,
    base: State,
    data: TrainingData,
    bfloat16: bool,
    shares: Sequence[float],
    score: float,
    until: float,
) -> AveragedModel:
    """Put in as much of the base as what is forgotten asks for, and more while the development questions gain by it.

    After `until` (monotonic) no share is tried for what it may gain.
    """
    fitted = {name: value.detach().clone() for name, value in model.state_dict().items()}
    found = [AveragedModel(share=0.0, score=score, lost=_lost(model, data.outside, bfloat16))]
    for share in sorted(shares):
        if found[-1].lost <= GENERAL_LOSS and (_gains_no_more(found) or time.monotonic() > until):
            break
        _put(model, fitted, base, share)
        lost = _lost(model, data.outside, bfloat16)
        found.append(AveragedModel(share=share, score=score_of(model, data.dev, bfloat16), lost=lost))
    chosen = choose(found)
    _put(model, fitted, base, chosen.share)
    return chosen


def choose(found: Sequence[AveragedModel]) -> AveragedModel:
    """Take the best of those that forget little, else the one that forgets least; of equals, the least of the base."""
    mild = [item for item in found if item.lost <= GENERAL_LOSS]
    if not mild:
        return min(found, key=lambda item: (item.lost, item.share))
    return max(mild, key=lambda item: (item.score, -item.share))


def _gains_no_more(found: Sequence[AveragedModel]) -> bool:
    return len(found) > 1 and found[-1].score <= found[-2].score


def _lost(model: SentenceTransformer, outside: DevSet | None, bfloat16: bool) -> float:
    return general_recall_loss(outside, *vectors_of(model, outside, bfloat16)) if outside is not None else 0.0


def _put(model: SentenceTransformer, fitted: State, base: State, share: float) -> None:
    mixed = {
        name: value if not value.is_floating_point() or name not in base else torch.lerp(value, base[name], share)
        for name, value in fitted.items()
    }
    model.load_state_dict(mixed)
