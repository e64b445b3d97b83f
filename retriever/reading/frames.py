"""What passes between the reader and its workers: JSON behind its length, never a pickle.

A worker that a file has taken over can answer what it likes; it must not be able to run anything by it.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, BinaryIO, cast, get_args

from retriever.reading.formats import Format
from retriever.reading.limits import Cause, ReadLimits, Rejected
from retriever.reading.parsed import Parsed, Syntax

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
    """Write an answer: what was parsed, or why it was not."""
    if isinstance(reply, Rejected):
        return json.dumps(["rejected", reply.reason, reply.cause]).encode()
    starts, warnings = list(reply.page_starts), list(reply.warnings)
    fields = ["parsed", reply.title, reply.text, reply.syntax, reply.language, reply.kind, starts, reply.date, warnings]
    return json.dumps(fields, ensure_ascii=False).encode()


def unpack_reply(payload: bytes) -> Parsed | Rejected:
    """Read an answer, or raise ValueError when it is not one."""
    fields = cast("object", json.loads(payload))
    match fields:
        case ["rejected", str(reason), str(cause)] if cause in get_args(Cause):
            return Rejected(reason=reason, cause=cast("Cause", cause))
        case [
            "parsed",
            str(title),
            str(text),
            str(syntax),
            str(language),
            str(kind),
            list(),
            str(),
            list(),
        ]:
            if syntax not in get_args(Syntax):
                raise ValueError(f"a worker's answer of syntax {syntax!r}")
            starts, date, warnings = cast("tuple[list[object], str, list[object]]", cast("list[object]", fields)[6:])
            return Parsed(
                title=title,
                text=text,
                syntax=cast("Syntax", syntax),
                language=language,
                kind=kind,
                page_starts=tuple(start for start in starts if isinstance(start, int)),
                date=date,
                warnings=tuple(str(warning) for warning in warnings),
            )
        case _:
            raise ValueError("a worker's answer that can't be read")


def pack_limits(limits: ReadLimits) -> str:
    """Write the limits for a worker's command line."""
    return json.dumps({name: getattr(limits, name) for name in ReadLimits.__slots__})


def unpack_limits(text: str) -> ReadLimits:
    """Read the limits from a worker's command line."""
    return ReadLimits(**json.loads(text))
