"""Averaging a fitted model with the one it began from: part of what it forgot comes back, often for nothing."""

from collections.abc import Mapping, Sequence

import torch
from sentence_transformers import SentenceTransformer

from training.dev import DevSet
from training.fitting.looking import score_of

WORTH = 0.002  # of nDCG that may be given for staying nearer to the base: a tenth of what a gate can see

State = Mapping[str, torch.Tensor]


def average_with(
    model: SentenceTransformer, base: State, dev: DevSet, bfloat16: bool, shares: Sequence[float], score: float
) -> tuple[float, float]:
    """Put the largest share of the base in that the development questions hardly mind; give score and share."""
    fitted = {name: value.detach().clone() for name, value in model.state_dict().items()}
    found = {0.0: score}
    for share in shares:
        _put(model, fitted, base, share)
        found[share] = score_of(model, dev, bfloat16)
    best = max(found.values())
    chosen = max(share for share, value in found.items() if value >= best - WORTH)
    _put(model, fitted, base, chosen)
    return found[chosen], chosen


def _put(model: SentenceTransformer, fitted: State, base: State, share: float) -> None:
    mixed = {
        name: value if not value.is_floating_point() or name not in base else torch.lerp(value, base[name], share)
        for name, value in fitted.items()
    }
    model.load_state_dict(mixed)
