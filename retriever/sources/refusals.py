"""What of a source can't be read: which of it was known before, and whether there is a reason to try it again."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePath
from typing import cast

from retriever.library.rows import Rejection
from retriever.reading.limits import PASSING, Cause, Rejected
from retriever.reading.reader import unsupported
from retriever.sources.connector import SourceItem
from retriever.sources.intake import SyncContext, SyncReport
from retriever.sources.source import SourceRules, printable


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
