"""Reading safetensors files without loading them: the header, the length, and whether every number is finite."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

MAX_HEADER_BYTES = 100_000_000  # the limit that the safetensors library itself keeps
SCAN_NUMBERS = 1 << 22  # so many at a time: a scan needs 16 MB and not the size of the file

# What the exponent of a number that is infinite or not a number looks like, by type, beside the integer to read it as.
NONFINITE_EXPONENT = {
    "F64": (np.dtype("<u8"), 0x7FF0_0000_0000_0000),
    "F32": (np.dtype("<u4"), 0x7F80_0000),
    "F16": (np.dtype("<u2"), 0x7C00),
    "BF16": (np.dtype("<u2"), 0x7F80),
}


class WeightsError(Exception):
    """A weights file that isn't whole; the message says in what way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """One entry of a safetensors header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int  # in the file
    end: int


Offset = Annotated[int, Field(ge=0)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    dtype: str
    shape: tuple[Offset, ...]
    data_offsets: tuple[Offset, Offset]


_HEADER = TypeAdapter(dict[str, _Entry])


def read_tensors(path: Path) -> tuple[Tensor, ...]:
    """List the tensors of a safetensors file, and raise WeightsError unless header and length agree."""
    size = path.stat().st_size
    with path.open("rb") as file:
        prefix = file.read(8)
        length = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else size
        if length > min(MAX_HEADER_BYTES, size - 8):
            raise WeightsError(f"{path.name} has {size:,} bytes and ends inside its header")
        header = file.read(length)
    tensors = tuple(sorted(_parse_header(path.name, header, 8 + length), key=lambda tensor: tensor.start))
    expected = 8 + length
    for tensor in tensors:
        if tensor.start != expected or tensor.end < tensor.start:
            raise WeightsError(f"{path.name} has a gap or an overlap before the tensor {tensor.name}")
        expected = tensor.end
    if size != expected:
        raise WeightsError(f"{path.name} has {size:,} bytes where its header says {expected:,}")
    return tensors


def _parse_header(name: str, header: bytes, offset: int) -> Iterator[Tensor]:
    try:
        entries = json.loads(header)
        entries.pop("__metadata__", None)
        parsed = _HEADER.validate_python(entries)
    except (ValueError, AttributeError, ValidationError, RecursionError) as error:
        raise WeightsError(f"{name} has a header that can't be read") from error
    for key, entry in parsed.items():
        start, end = entry.data_offsets
        yield Tensor(name=key, dtype=entry.dtype, shape=entry.shape, start=offset + start, end=offset + end)


def find_nonfinite(path: Path, tensors: tuple[Tensor, ...]) -> str | None:
    """Name the first tensor that holds an infinite number or one that is not a number."""
    content = np.memmap(path, dtype=np.uint8, mode="r") if path.stat().st_size else np.empty(0, np.uint8)
    for tensor in tensors:
        kind = NONFINITE_EXPONENT.get(tensor.dtype)
        if kind and _has_exponent(content[tensor.start : tensor.end], *kind):
            return tensor.name
    return None


def _has_exponent(content: NDArray[np.uint8], dtype: np.dtype[np.unsignedinteger], exponent: int) -> bool:
    # An integer mask reads bfloat16, which numpy has no type for, and leaves the bytes where they are.
    numbers = content[: content.size - content.size % dtype.itemsize]
    step = SCAN_NUMBERS * dtype.itemsize
    mask = dtype.type(exponent)
    return any(
        bool(np.any((np.frombuffer(numbers[at : at + step].tobytes(), dtype) & mask) == mask))
        for at in range(0, numbers.size, step)
    )
