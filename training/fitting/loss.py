"""The loss: tell the right passage from the others in the batch, without leaving the live model for nothing."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from training.fitting.options import FitOptions

Batch = dict[str, Any]
NEVER = -1e4  # as a logit; exact infinity would make rows of nothing but masked ones into not-a-number


def loss_of(vectors: Tensor, batch: Batch, options: FitOptions) -> dict[str, Tensor]:
    """Return the parts of a batch's loss, by name; their sum is what is minimised.

    `vectors` holds questions, then passages, then general texts, in the order of the batch's counts.
    """
    asked, passages, _ = batch["counts"].tolist()
    questions, answers, others = vectors[:asked], vectors[asked : asked + passages], vectors[asked + passages :]
    widths = sorted({*options.matryoshka_dimensions, vectors.shape[1]})
    told = [contrast(questions[:, :width], answers[:, :width], batch, options) for width in widths]
    parts = {"contrast": torch.stack(told).mean()}
    if options.distillation_weight and len(others):
        near = (normalize(others, dim=1) * batch["general"]).sum(dim=1)
        parts["distil"] = options.distillation_weight * (1 - near).mean()
    return parts


def contrast(questions: Tensor, answers: Tensor, batch: Batch, options: FitOptions) -> Tensor:
    """Return the mean log loss of telling each example's passage, weighted as examples are."""
    asked, right, weights = batch["asked"], batch["right"], batch["weights"]
    cosines = normalize(questions, dim=1)[asked] @ normalize(answers, dim=1).T
    logits = (options.similarity_scale * cosines).masked_fill(batch["masked"], NEVER)
    own = torch.arange(len(asked), device=right.device)
    losses = logits.logsumexp(dim=1) - logits[own, right]
    if options.symmetric:
        # Which of the batch's questions a passage answers; those that it may answer too are left out as above, and so
        # are the same question and others that the same passage answers.
        same = (asked[:, None] == asked[None, :]) | (right[:, None] == right[None, :])
        same &= ~torch.eye(len(asked), dtype=torch.bool, device=right.device)
        across = logits[:, right].T.masked_fill(same, NEVER)
        losses = (losses + across.logsumexp(dim=1) - across.diagonal()) / 2
    return (losses * weights).sum() / weights.sum()
