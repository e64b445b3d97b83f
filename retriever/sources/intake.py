"""Where documents of any source get their place in the library, what is refused, and the report of what a sync did."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Protocol, cast

from hone.errors import HoneError
from hone.progress import Progress
from hone.records import Passage
from retriever.library.librarian import Librarian
from retriever.library.library import Library
from retriever.library.rows import Rejection, StoredDocument
from retriever.reading.limits import PASSING, Cause, ReadLimits, Rejected
from retriever.reading.parsed import Parsed
from retriever.reading.reader import unsupported
from retriever.sources.connector import SourceItem
from retriever.sources.source import SourceRules, printable

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


class Refusals:
    """One source's refusals over one run, counted in its report and kept in the library."""

    def __init__(self, room: SyncContext, rules: SourceRules, report: SyncReport, *, retry: bool) -> None:
        self._librarian, self._limits = room.desk.librarian, room.limits
        self._rules, self._report, self._retry = rules, report, retry
        self._before = {item.path: item for item in room.library.rejections(report.source)}
        self._now: set[str] = set()  # paths
        self._waiting: list[Rejection] = []  # to be written: there may be very many

    @property
    def are_due(self) -> bool:
        """Check whether any earlier one has to be tried again."""
        return any(map(self._is_due, self._before.values()))

    def is_known(self, item: SourceItem) -> bool:
        """Check whether a document was refused before, has not changed, and there is no reason to try it again."""
        before = self._before.get(printable(item.path))
        if before is None or not item.version or before.version != item.version or self._is_due(before):
            return False
        self._now.add(before.path)
        if (readers := self._rules.readers(item)) != before.groups:
            self._waiting.append(replace(before, groups=readers))
        if before.cause == "unsupported":
            self._report.unsupported[_suffix(item)] += 1
        else:
            self._report.known_rejected += 1
        return True

    def add(self, item: SourceItem, rejected: Rejected) -> None:
        """Refuse a document."""
        rejection = self._rejection(item, rejected)
        self._librarian.reject([rejection])
        if rejected.cause == "unsupported":
            self._report.unsupported[_suffix(item)] += 1
        else:
            self._report.rejected.append(rejection)

    def skip(self, item: SourceItem) -> None:
        """Leave out a file that no parser reads."""
        rejection = self._rejection(item, unsupported(item.name))
        self._report.unsupported[_suffix(item)] += 1
        before = self._before.get(rejection.path)
        if before is None or (before.cause, before.groups) != (rejection.cause, rejection.groups):
            self._waiting.append(rejection)

    def write(self) -> None:
        """Write down the files that were skipped, and who may know of those refused before."""
        self._librarian.reject(self._waiting)

    def forgive(self, listed: Collection[str] | None) -> None:
        """Forget what isn't refused any more, of these ids of the source or of all."""
        ids = None if listed is None else set(map(printable, listed))
        over = {path for path, before in self._before.items() if ids is None or before.item in ids}
        self._librarian.absolve(self._report.source, sorted(over - self._now))

    def _is_due(self, before: Rejection) -> bool:
        return (
            self._retry or before.cause in PASSING or before.limit != self._limits.limit_of(cast("Cause", before.cause))
        )

    def _rejection(self, item: SourceItem, rejected: Rejected) -> Rejection:
        self._now.add(path := printable(item.path))
        return Rejection(
            source=self._report.source,
            path=path,
            reason=printable(rejected.reason),
            cause=rejected.cause,
            groups=self._rules.readers(item),
            limit=self._limits.limit_of(rejected.cause),
            item=printable(item.id),
            version=item.version,
        )


def _suffix(item: SourceItem) -> str:
    file = PurePath(item.path)
    return printable(file.suffix.lower() or file.name)
