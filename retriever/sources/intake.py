"""Where documents of any source get their place in the library, and the report of what a sync did."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from hone.errors import HoneError
from hone.progress import Progress
from hone.records import Passage
from retriever.library.librarian import Librarian
from retriever.library.library import Library
from retriever.library.rows import Rejection, StoredDocument
from retriever.reading.limits import ReadLimits, Rejected
from retriever.reading.parsed import Parsed

AT_ONCE = 200  # documents in one transaction
AT_LATEST = 1.0  # seconds after which what was read is written, so that a kill loses little
CutFunction = Callable[[Parsed, str], tuple[Passage, ...]]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CutShort:
    """A document of which only the first passages are searched."""

    source: str
    path: str
    kept: int
    passages: int  # that all of it would make


@dataclass(slots=True, kw_only=True)
class Intake:
    """Gathers documents that have been read and shelves them a batch at a time."""

    librarian: Librarian
    cut: CutFunction
    progress: Progress
    most: int = 2**31  # passages of one document
    cut_short: list[CutShort] = field(default_factory=list[CutShort])
    _waiting: list[StoredDocument] = field(default_factory=list[StoredDocument])
    _since: float = field(default_factory=time.monotonic)

    def take(self, shelved: StoredDocument) -> None:
        """Accept a document; it is in the library by the next `clear` at the latest."""
        self._waiting.append(self._limited(shelved))
        if len(self._waiting) >= AT_ONCE or time.monotonic() - self._since > AT_LATEST:
            self.clear()

    def _limited(self, shelved: StoredDocument) -> StoredDocument:
        """Keep a document from being most of the library: what is beyond the limit is shown, and not searched."""
        count = len(shelved.passages)
        if count <= self.most:
            return shelved
        document = shelved.document
        self.cut_short.append(CutShort(source=document.source, path=document.path, kept=self.most, passages=count))
        warning = (
            f"Only the first {self.most:,} of its {count:,} passages are searched. "
            "To search more, raise [reading] passages."
        )
        return replace(
            shelved,
            passages=shelved.passages[: self.most],
            warnings=(*shelved.warnings, warning),
            passages_in_all=count,
        )

    def clear(self) -> None:
        """Write down everything that was taken."""
        if self._waiting:
            self.librarian.put(self._waiting)
            self.progress.advance(len(self._waiting))
            self._waiting.clear()
        self._since = time.monotonic()


class FileReader(Protocol):
    """Reads files, each to its text or to why not."""

    def read(self, paths: Iterable[Path]) -> Iterator[tuple[Path, Parsed | Rejected]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncContext:
    """Where documents of any source are read and kept."""

    library: Library
    desk: Intake
    reader: FileReader
    limits: ReadLimits
