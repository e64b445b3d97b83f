"""Averaging a fitted model with the one it began from: part of what it forgot comes back, often for nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from sentence_transformers import SentenceTransformer

from training.dev import DevSet
from training.fitting.looking import score_of, vectors_of
from training.lesson import Lesson
from training.outside import LOST, lost_outside

WORTH = 0.002  # of nDCG that may be given for staying nearer to the base: a tenth of what a gate can see

State = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """How much of the base went in, and what came of it."""

    share: float
    score: float  # of the development questions
    lost: float  # outside the domain


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
