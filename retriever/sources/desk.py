"""Where a document gets its passages and its place in the library, whatever it was read from."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from hone.progress import Progress
from hone.records import Passage
from retriever.library.librarian import Librarian
from retriever.library.library import Library
from retriever.library.rows import Shelved
from retriever.reading.limits import ReadLimits, Rejected
from retriever.reading.parsed import Parsed

AT_ONCE = 200  # documents in one transaction
AT_LATEST = 1.0  # seconds after which what was read is written, so that a kill loses little

Cutter = Callable[[Parsed, str], tuple[Passage, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutShort:
    """A document of which only the first passages are searched."""

    source: str
    path: str
    kept: int
    passages: int  # that all of it would make


@dataclass(slots=True, kw_only=True)
class Desk:
    """Gathers documents that have been read and shelves them a batch at a time."""

    librarian: Librarian
    cut: Cutter
    progress: Progress
    most: int = 2**31  # passages of one document
    cut_short: list[CutShort] = field(default_factory=list[CutShort])
    _waiting: list[Shelved] = field(default_factory=list[Shelved])
    _since: float = field(default_factory=time.monotonic)

    def take(self, shelved: Shelved) -> None:
        """Accept a document; it is in the library by the next `clear` at the latest."""
        self._waiting.append(self._limited(shelved))
        if len(self._waiting) >= AT_ONCE or time.monotonic() - self._since > AT_LATEST:
            self.clear()

    def _limited(self, shelved: Shelved) -> Shelved:
        """Keep a document from being most of the library: what is beyond the limit is shown, and not searched."""
        count = len(shelved.passages)
        if count <= self.most:
            return shelved
        document = shelved.document
        self.cut_short.append(CutShort(source=document.source, path=document.path, kept=self.most, passages=count))
        warning = f"Only the first {self.most:,} of its {count:,} passages are searched: [reading] passages."
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
class Room:
    """Where documents of any source are read and kept."""

    library: Library
    desk: Desk
    reader: FileReader
    limits: ReadLimits
