"""Several processes on one fit: the one place that speaks to torch's process groups."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed
from torch import Tensor

dist: Any = torch.distributed  # its stubs leave most types out

PATIENCE = timedelta(days=1)  # the others wait while the first one mines, or indexes


@contextmanager
def joined() -> Generator[None]:
    """Join the other processes that torchrun has started, for as long as this lasts; alone, do nothing."""
    if dist.is_initialized() or not dist.is_torchelastic_launched():
        yield
        return
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo", timeout=PATIENCE)
    try:
        yield
    finally:
        dist.destroy_process_group()


def rank() -> int:
    """Return the number of this process, from 0."""
    return int(dist.get_rank()) if dist.is_initialized() else 0


def world() -> int:
    """Count the processes."""
    return int(dist.get_world_size()) if dist.is_initialized() else 1


def is_first() -> bool:
    """Check whether this is the process that writes and speaks."""
    return rank() == 0


def any_of(told: bool) -> bool:
    """Check whether it holds in any process; all of them hear the same."""
    if world() == 1:
        return told
    flag = torch.tensor(int(told))
    dist.all_reduce(flag, op=dist.ReduceOp.MAX)
    return bool(flag)


def from_first(value: int) -> int:
    """Broadcast a number from the first process."""
    if world() == 1:
        return value
    held = torch.tensor(value)
    dist.broadcast(held, 0)
    return int(held)


def from_first_any(value: Any) -> Any:
    """Broadcast any object from the first process."""
    held = [value]
    dist.broadcast_object_list(held, 0)
    return held[0]


def gathered(rows: Tensor, vectors: Tensor, total: int) -> Tensor:
    """Put together what every process has encoded; gradients go to this one's own rows."""
    if world() == 1:
        return torch.empty_like(vectors)[:total].index_copy(0, rows, vectors)
    whole = torch.zeros(total, vectors.shape[1], device=vectors.device)
    whole[rows] = vectors.detach()
    dist.all_reduce(whole)
    return whole.index_copy(0, rows, vectors)
