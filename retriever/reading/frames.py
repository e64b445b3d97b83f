"""What passes between the reader and its workers: JSON behind its length, never a pickle.

A worker that a file has taken over can answer what it likes; it must not be able to run anything by it.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, BinaryIO, cast

from retriever.reading.formats import Format
from retriever.reading.limits import ReadLimits, Rejected
from retriever.reading.parsed import Parsed

LENGTH_BYTES = 4
READY = b"ready"
FRESH, SPENT = b"+", b"-"  # in front of an answer: whether the worker takes another file


def pack(payload: bytes) -> bytes:
    """Put a payload behind its length."""
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


def read_frame(stream: BinaryIO) -> bytes:
    """Read one payload; empty when the other side has gone."""
    length = int.from_bytes(stream.read(LENGTH_BYTES), "big")
    return stream.read(length)


def pack_job(path: os.PathLike[str], known: Sequence[Format]) -> bytes:
    """Write a request to read one file as the first of these formats that fits what is in it."""
    formats = [{**asdict(item), "seems": sorted(item.seems)} for item in known]
    return pack(json.dumps([os.fspath(path), formats]).encode())


def unpack_job(payload: bytes) -> tuple[str, tuple[Format, ...]]:
    """Read a request: the path and the formats."""
    path, formats = cast("tuple[str, list[dict[str, Any]]]", json.loads(payload))
    for fields in formats:
        fields["seems"] = frozenset(fields["seems"])
    return path, tuple(Format(**fields) for fields in formats)


def pack_reply(reply: Parsed | Rejected) -> bytes:
    """Write an answer: what was parsed, or why it was not; whoever asked takes nothing in it on trust."""
    return json.dumps(asdict(reply), ensure_ascii=isinstance(reply, Rejected)).encode()


def pack_limits(limits: ReadLimits) -> str:
    """Write the limits for a worker's command line."""
    return json.dumps({name: getattr(limits, name) for name in ReadLimits.__slots__})


def unpack_limits(text: str) -> ReadLimits:
    """Read the limits from a worker's command line."""
    return ReadLimits(**json.loads(text))
