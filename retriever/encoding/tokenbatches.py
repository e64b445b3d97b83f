"""Cutting a padded batch into batches of like length, so that little is computed on padding."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBatch:
    """Some rows of a larger batch, ready for the model."""

    rows: list[int]  # where they stood in the larger batch
    features: dict[str, Any]  # what sentence-transformers' modules pass along

    @property
    def tokens(self) -> int:
        """Count the tokens that are computed, padding too."""
        ids = self.features.get("input_ids")
        return ids.numel() if isinstance(ids, torch.Tensor) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """When a batch is full: both numbers count tokens."""

    tokens: int  # in all, padding too
    padding: int  # about as many as can be computed in the time that one more pass through the model takes


def split_by_tokens(features: Mapping[str, Any], count: int, limits: BatchLimits) -> Iterator[TokenBatch]:
    """Cut the features of `count` texts into batches within the limits, longest texts first."""
    mask = features.get("attention_mask")
    if not isinstance(mask, torch.Tensor) or mask.ndim != 2 or mask.shape[0] != count:
        # Models that flatten or average their tokens have no padding to save.
        yield TokenBatch(rows=list(range(count)), features=dict(features))
        return
    left = bool(mask[:, -1].all()) and not bool(mask[:, 0].all())
    positions = torch.arange(1, mask.shape[1] + 1)
    lengths = (mask.cpu() * (positions.flip(0) if left else positions)).amax(dim=1)
    counted = [max(1, int(length)) for length in lengths]
    for rows in _groups(counted, limits):
        width = counted[rows[0]]
        columns = slice(mask.shape[1] - width, None) if left else slice(0, width)
        cut = {name: _cut(value, rows, columns, mask.shape) for name, value in features.items()}
        yield TokenBatch(rows=rows, features=cut)


def _groups(lengths: list[int], limits: BatchLimits) -> Iterator[list[int]]:
    group: list[int] = []
    padding = 0
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        width = lengths[group[0]] if group else lengths[row]
        padding += width - lengths[row]
        if group and (padding > limits.padding or width * (len(group) + 1) > limits.tokens):
            yield group
            group, padding = [], 0
        group.append(row)
    if group:
        yield group


def _cut(value: Any, rows: list[int], columns: slice, shape: torch.Size) -> Any:
    if not isinstance(value, torch.Tensor) or value.ndim == 0 or value.shape[0] != shape[0]:
        return value
    return value[rows][:, columns] if value.ndim > 1 and value.shape[1] == shape[1] else value[rows]
