"""What one file may cost, and how a file is turned away."""

from dataclasses import dataclass
from pathlib import Path

from hone.errors import HoneError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """What reading one file may cost before the file is turned away."""

    seconds: float = 9.0  # of the ten a file may take; the rest is for reporting it and replacing the worker
    memory_bytes: int = 1024 * MIB  # address space of a worker, so resident memory stays below it
    input_bytes: int = 64 * MIB
    output_chars: int = 10_000_000
    archive_entries: int = 10_000
    archive_bytes: int = 512 * MIB  # all entries unpacked
    archive_ratio: float = 250.0  # unpacked to packed, of an entry large enough to matter; real sheets reach about 60
    columns: int = 16_384  # a spreadsheet's own limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A file that was not read, and why."""

    path: Path
    reason: str


class Refused(HoneError):  # noqa: N818 -- it is an outcome, caught beside real errors
    """Raised by a parser for a file that it will not read; the message becomes the reason."""


def refuse_over(size: int, limits: ReadLimits) -> None:
    """Raise Refused when more text was made than a document may have."""
    if size > limits.output_chars:
        raise Refused(f"more than {limits.output_chars:,} characters of text")
