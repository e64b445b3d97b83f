"""What one file may cost, and how a file is turned away."""

from dataclasses import dataclass
from typing import Literal

from hone.errors import HoneError

MIB = 1024 * 1024

Cause = Literal[
    "time",
    "memory",
    "size",
    "characters",
    "format",  # not what its name says
    "unsupported",  # of a kind that no parser reads: left out rather than refused
    "password",
    "damaged",
    "unsafe",  # would unpack or unfold to harm
    "empty",
    "crashed",
    "killed",  # from outside, which says nothing of the file
    "unopened",  # gone, or closed to this process
    "name",
]
PASSING = frozenset[Cause]({"time", "killed", "unopened"})  # may go well next time, the file being what it was


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """What reading one file may cost before the file is turned away."""

    seconds: float = 9.0  # of processor time, so that a busy machine refuses no more than an idle one
    patience: float = 10.0  # times `seconds` by the clock: ends what waits instead of working
    memory_bytes: int = 1024 * MIB  # address space of a worker, so resident memory stays below it
    input_bytes: int = 64 * MIB
    output_chars: int = 10_000_000
    archive_entries: int = 10_000
    archive_bytes: int = 512 * MIB  # all entries unpacked
    archive_ratio: float = 250.0  # unpacked to packed, of an entry large enough to matter; real sheets reach about 60
    columns: int = 16_384  # a spreadsheet's own limit

    def limit_of(self, cause: Cause) -> float | None:
        """Name the limit whose change is a reason to try again what was refused for this cause."""
        match cause:
            case "time":
                return self.seconds
            case "memory":
                return self.memory_bytes
            case "size":
                return self.input_bytes
            case "characters":
                return self.output_chars
            case _:
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Why a file was not read."""

    reason: str
    cause: Cause


class Refused(HoneError):  # noqa: N818 -- it is an outcome, caught beside real errors
    """Raised for a document that will not be read; the message becomes the reason."""

    def __init__(self, message: str, cause: Cause = "damaged") -> None:
        super().__init__(message)
        self.cause: Cause = cause


def refuse_over(size: int, limits: ReadLimits) -> None:
    """Raise Refused when more text was made than a document may have."""
    if size > limits.output_chars:
        raise Refused(f"more than {limits.output_chars:,} characters of text", "characters")
