"""What a sync did, source by source."""

from collections import Counter
from dataclasses import dataclass, field

from hone.errors import HoneError
from retriever.library.rows import Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentWarning:
    """Something a person should know of a document that was read."""

    path: str
    warning: str


@dataclass(slots=True, kw_only=True)
class SyncReport:
    """The counts of one source; filled while it is read."""

    source: str
    problem: HoneError | None = None  # why it was not read at all
    added: int = 0
    changed: int = 0
    renamed: int = 0
    removed: int = 0
    unchanged: int = 0
    regrouped: int = 0
    rejected: list[Rejection] = field(default_factory=list[Rejection])
    known_rejected: int = 0  # files refused before that there is no reason to try again
    cursor: str = ""  # where the next reading may go on
    unsupported: Counter[str] = field(default_factory=Counter[str])  # files by suffix that no parser reads
    warnings: list[DocumentWarning] = field(default_factory=list[DocumentWarning])
