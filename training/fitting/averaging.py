"""Averaging a fitted model with the one it began from: part of what it forgot comes back, at a cost to the order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from sentence_transformers import SentenceTransformer

from training.dev import DevSet
from training.fitting.looking import score_of, vectors_of
from training.lesson import Lesson
from training.outside import LOST, lost_outside

State = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """How much of the base went in, and what came of it."""

    share: float
    score: float  # of the development questions
    lost: float  # outside the domain

    @property
    def said(self) -> str:
        """Say what a person should know of it."""
        return f"{self.share:.0%} of what it began from was averaged in, against forgetting." if self.share else ""


def average_with(
    model: SentenceTransformer, base: State, lesson: Lesson, bfloat16: bool, shares: Sequence[float], score: float
) -> Mixed:
    """Put as much of the base in as what is forgotten asks for, and no more."""
    fitted = {name: value.detach().clone() for name, value in model.state_dict().items()}
    lost = dict[float, float]()
    for share in (0.0, *sorted(shares)):
        _put(model, fitted, base, share)
        lost[share] = _lost(model, lesson.outside, bfloat16)
        if lost[share] <= LOST:
            break
    share = least(lost)
    _put(model, fitted, base, share)
    return Mixed(share=share, score=score_of(model, lesson.dev, bfloat16) if share else score, lost=lost[share])


def least(lost: Mapping[float, float]) -> float:
    """Take, of shares and what each loses, the smallest that forgets little; else the one that forgets least."""
    return min(lost, key=lambda share: (max(lost[share], LOST), share))


def _lost(model: SentenceTransformer, outside: DevSet | None, bfloat16: bool) -> float:
    return lost_outside(outside, *vectors_of(model, outside, bfloat16)) if outside is not None else 0.0


def _put(model: SentenceTransformer, fitted: State, base: State, share: float) -> None:
    mixed = {
        name: value if not value.is_floating_point() or name not in base else torch.lerp(value, base[name], share)
        for name, value in fitted.items()
    }
    model.load_state_dict(mixed)
