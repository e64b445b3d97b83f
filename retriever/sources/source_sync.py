"""Bringing the library up to date with one source, whatever kind it is."""

import hashlib
from collections.abc import Generator, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from hone.errors import UsageError
from hone.records import Document
from retriever.cutting.window import hash_text
from retriever.library.rows import Fingerprint, KnownDocument, StoredDocument
from retriever.reading.formats import formats_of
from retriever.reading.limits import Refused, Rejected
from retriever.reading.metadata import plain_title
from retriever.reading.parsed import Parsed
from retriever.reading.parsing import clean
from retriever.sources.connector import (
    Body,
    Connector,
    FetchedItem,
    ListingEnd,
    RemovedItem,
    SourceItem,
    UnreachableError,
    UnreadableItem,
)
from retriever.sources.intake import DocumentWarning, Refusals, SyncContext, SyncReport
from retriever.sources.source import Source, SourceRules, free_id, is_printable, printable

_UNSHOWN = Rejected(reason="its name has characters that can't be shown; rename it", cause="name")
_HELD = Rejected(reason="another document has its path; the next full sync reads it", cause="unopened")
_LONGEST_NAME = 60  # characters of a file name, which may take 255 bytes
_TAKEN = Rejected(reason="another document of this source has the same path", cause="name")


class SourceSync:
    """One run over one source: list, compare, read what is new or changed, and only then remove what is gone."""

    def __init__(self, source: Source, connector: Connector, room: SyncContext, *, retry: bool = False) -> None:
        self.report = SyncReport(source=source.name)
        self._source, self._connector = source, connector
        self._library, self._desk, self._reader = room.library, room.desk, room.reader
        self._rules = SourceRules(source)
        self._known = room.library.kept(source.name)
        self._refusals = Refusals(room, self._rules, self.report, retry=retry)
        self._heard: set[str] = set()  # the source's ids that its listing named
        self._paths: set[str] = set()
        self._removed: set[str] = set()
        self._fresh: list[SourceItem] = []  # new, or of another version than before
        self._restated: list[KnownDocument] = []  # under another path, address or readers
        self._touched: dict[str, str] = {}
        self._handed: dict[Path, tuple[SourceItem, str]] = {}  # to the reader, with the hash of their content
        self._end: ListingEnd | None = None

    def run(self, cursor: str = "") -> SyncReport:
        """Bring the library up to date; what fails half-way keeps what was read, and leaves the rest as it was."""
        with self._reaching():
            self._list("" if self._refusals.are_due else cursor)  # a listing of changes would not name them
        gone = self._gone()
        self._make_way(gone)
        self._restate_all()
        with self._reaching():
            self._read(gone)
        if self.report.problem is None and self._end is not None:
            self._finish(gone, self._end)
        return self.report

    @contextmanager
    def _reaching(self) -> Generator[None]:
        try:
            yield
        except (UsageError, UnreachableError) as error:
            self.report.problem = self.report.problem or error
        except ConnectionError as error:
            problem = UnreachableError(f"Source {self._source.name!r} can't be reached: {error}.")
            self.report.problem = self.report.problem or problem

    # Listing and comparing

    def _list(self, cursor: str) -> None:
        for entry in self._connector.list(cursor):
            match entry:
                case SourceItem():
                    self._compare(entry)
                case UnreadableItem():
                    rejected = Rejected(reason=entry.reason, cause=entry.cause)
                    item = SourceItem(id=entry.path, path=entry.path, version=entry.version)
                    if not self._refusals.is_known(item):
                        self._refusals.add(item, rejected)
                case RemovedItem():
                    self._removed.add(entry.id)
                case ListingEnd():
                    self._end = entry
        self._refusals.write()
        if self._end is None:
            raise UnreachableError(f"The listing of source {self._source.name!r} was cut off.")

    def _compare(self, item: SourceItem) -> None:
        if item.id in self._heard or not self._rules.wants(item.path):
            return
        known = self._known.get(item.id)
        if item.name and not formats_of(item.name):
            self._refusals.skip(item)
            return
        self._heard.add(item.id)
        if problem := self._problem_of_name(item):
            if not self._refusals.is_known(item):
                self._refusals.add(item, problem)
            return
        self._paths.add(item.path)
        if known:
            self._restate(known, item)
        if known and known.fingerprint.version == item.version != "":
            self.report.unchanged += known.path == item.path
        elif not self._refusals.is_known(item):
            self._fresh.append(item)

    def _problem_of_name(self, item: SourceItem) -> Rejected | None:
        is_new = item.id not in self._known or item.path != self._known[item.id].path
        if is_new and not (is_printable(item.path) and is_printable(item.id)):
            return _UNSHOWN
        return _TAKEN if item.path in self._paths else None

    def _restate(self, known: KnownDocument, item: SourceItem) -> None:
        """Follow a document to another path, and let others read it though its text may not be had now."""
        url, readers, before = self._rules.url(item), self._rules.readers(item), self._known.get(item.id)
        if known is before and (known.path, known.url, known.groups) == (item.path, url, readers):
            return  # nearly all; another record of each would take a third of an unchanged listing
        now = replace(known, path=item.path, url=url, groups=readers)
        if now != before:
            self._known[item.id] = now
            self._restated.append(now)
            self.report.renamed += now.path != known.path
            self.report.regrouped += now.groups != known.groups

    def _restate_all(self) -> None:
        self._desk.librarian.restate(self._restated)
        self._restated = []

    def _gone(self) -> dict[str, KnownDocument]:
        """Find what the source has no more, as far as its listing can tell."""
        if self._end is None:
            return {}
        missing = self._known.keys() - self._heard
        return {name: self._known[name] for name in (missing if self._end.complete else missing & self._removed)}

    def _make_way(self, gone: dict[str, KnownDocument]) -> None:
        """Have no path held by two: what is gone leaves at once, and for what may still be there others wait."""
        held = {kept.path: name for name, kept in self._known.items() if name not in self._heard}
        if not (wanted := held.keys() & self._paths):
            return
        leaving = [gone.pop(held[path]) for path in wanted if held[path] in gone]
        self._desk.librarian.remove([kept.id for kept in leaving])
        self.report.removed += len(leaving)
        if blocked := wanted - {kept.path for kept in leaving}:
            self._put_off(blocked)

    def _put_off(self, paths: AbstractSet[str]) -> None:
        """Leave documents for a next run that lists everything: one that was not named has their path."""
        for kept in self._restated:
            if kept.path in paths:
                self._refusals.add(SourceItem(id=kept.fingerprint.item, path=kept.path, version=""), _HELD)
        for item in self._fresh:
            if item.path in paths:
                self._refusals.add(item, _HELD)
        self._restated = [kept for kept in self._restated if kept.path not in paths]
        self._fresh = [item for item in self._fresh if item.path not in paths]

    # Reading

    def _read(self, gone: dict[str, KnownDocument]) -> None:
        self._desk.progress.stage(f"reading {self._source.name}", len(self._fresh))
        try:
            with TemporaryDirectory(prefix="hone-") as folder:
                for path, outcome in self._reader.read(self._files(gone, Path(folder))):
                    item, content_hash = self._handed.pop(path)
                    if isinstance(outcome, Rejected):
                        self._refusals.add(item, outcome)
                        self._desk.progress.advance(1)
                    else:
                        self._take(item, outcome, content_hash)
                    if path.is_relative_to(folder):
                        path.unlink()
        finally:
            self._desk.clear()
            self._restate_all()
            self._desk.librarian.touch(self._touched)

    def _files(self, gone: dict[str, KnownDocument], folder: Path) -> Iterator[Path]:
        """Fetch what is fresh and settle what needs no reader; the rest are files to read."""
        by_hash = {kept.fingerprint.content_hash: name for name, kept in gone.items()}
        for number, listed in enumerate(self._fresh):
            fetched = self._fetch(listed)
            if fetched is None:
                self._desk.progress.advance(1)
                continue
            item, body, content_hash = fetched
            if item != listed and (known := self._known.get(item.id)):
                self._restate(known, item)
            if self._is_settled(item, content_hash) or self._is_renamed(item, content_hash, by_hash, gone):
                self._desk.progress.advance(1)
            elif isinstance(body, Parsed):
                self._take(item, replace(body, text=clean(body.text).text), content_hash)
            else:
                path = body if isinstance(body, Path) else _written(body, item, folder / str(number))
                self._handed[path] = item, content_hash
                yield path

    def _fetch(self, item: SourceItem) -> tuple[SourceItem, Body, str] | None:
        try:
            fetched = self._connector.fetch(item)
            return fetched.item, fetched.body, _hash(fetched)
        except Refused as error:
            rejected = Rejected(reason=error.message, cause=error.cause)
        except ConnectionError:
            raise
        except OSError as error:
            rejected = Rejected(reason=f"can't be opened: {error.strerror}", cause="unopened")
        self._refusals.add(item, rejected)
        return None

    def _is_settled(self, item: SourceItem, content_hash: str) -> bool:
        """Skip a document that was only touched, or copied over with the same content."""
        known = self._known.get(item.id)
        if known is None or known.fingerprint.content_hash != content_hash:
            return False
        self._touched[known.id] = item.version
        self.report.unchanged += 1
        return True

    def _is_renamed(
        self, item: SourceItem, content_hash: str, by_hash: dict[str, str], gone: dict[str, KnownDocument]
    ) -> bool:
        """Recognise a new file with the content of one that is gone as the same document, log and all."""
        old = by_hash.pop(content_hash, None) if item.name and item.id not in self._known else None
        if old is None or formats_of(gone[old].path) != formats_of(item.name):
            return False
        fingerprint = Fingerprint(item=item.id, version=item.version, content_hash=content_hash)
        self._restate(replace(gone.pop(old), fingerprint=fingerprint), item)
        return True

    def _take(self, item: SourceItem, parsed: Parsed, content_hash: str) -> None:
        known = self._known.get(item.id)
        name = known.id if known else self._new_id(item)
        parsed = replace(parsed, title=clean(plain_title(item.title) or parsed.title).text.strip())
        document = Document(
            id=name,
            source=self._source.name,
            path=item.path,
            title=parsed.title,
            kind=parsed.kind,
            url=self._rules.url(item),
            groups=self._rules.readers(item),
            modified=_modified(item, parsed),
            text_hash=hash_text(parsed.text),
        )
        shelved = StoredDocument(
            document=document,
            text=parsed.text,
            syntax=parsed.syntax,
            warnings=parsed.warnings,
            fingerprint=Fingerprint(item=item.id, version=item.version, content_hash=content_hash),
            passages=self._desk.cut(parsed, name),
        )
        self._desk.take(shelved)
        self.report.changed += known is not None
        self.report.added += known is None
        self.report.warnings += [DocumentWarning(path=item.path, warning=warning) for warning in parsed.warnings]

    def _new_id(self, item: SourceItem) -> str:
        own = f"{self._source.name}/{item.path}"
        return free_id(item.document if item.document and item.document not in self._taken else own, self._taken)

    @cached_property
    def _taken(self) -> set[str]:
        return self._library.ids(outside=self._source.name) | {kept.id for kept in self._known.values()}

    def _finish(self, gone: dict[str, KnownDocument], end: ListingEnd) -> None:
        self._desk.librarian.remove([kept.id for kept in gone.values()])
        self.report.removed += len(gone)
        self._refusals.forgive(None if end.complete else self._heard | self._removed)
        self.report.cursor = end.cursor


def _hash(fetched: FetchedItem) -> str:
    """Hash all that a document is made of and its settings don't say; of a file of no other title, its bytes alone."""
    item, body = fetched.item, fetched.body
    if isinstance(body, Path):
        with body.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
    else:
        data = body if isinstance(body, bytes) else f"{body!r}{item.modified}".encode(errors="replace")
        digest = hashlib.sha256(data)
    digest.update(item.title.encode(errors="replace"))
    return digest.hexdigest()


def _written(data: bytes, item: SourceItem, folder: Path) -> Path:
    """Put a file's bytes where a reader finds them, under its own name as far as one may have it."""
    folder.mkdir()
    path = folder / printable(PurePath(item.name).name[-_LONGEST_NAME:])
    path.write_bytes(data)
    return path


def _modified(item: SourceItem, parsed: Parsed) -> datetime:
    """Take the earlier of what the source and the file itself say: copies and checkouts only move a time on."""
    written = item.modified or datetime.now(UTC)
    stated = datetime.fromisoformat(parsed.date) if parsed.date else written
    return min(moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in (written, stated))
