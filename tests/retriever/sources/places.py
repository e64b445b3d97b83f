"""Places that documents come from, each changed by the same few words, and a bench to sync them at."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from hone.progress import Silent
from hone.records import Passage
from hone.workspace import Workspace
from retriever.library.librarian import Librarian
from retriever.library.library import Library
from retriever.reading.limits import ReadLimits, Rejected
from retriever.reading.parsed import Parsed
from retriever.sources.beir import BeirFile
from retriever.sources.connector import (
    Connector,
    FetchedItem,
    ListingEnd,
    ListingEntry,
    RemovedItem,
    SourceItem,
    UnreachableError,
)
from retriever.sources.folder import Folder
from retriever.sources.intake import Intake, SyncContext, SyncReport
from retriever.sources.source import ReadersRule, Source, cursor_of, remember_source
from retriever.sources.source_sync import SourceSync

STAFF = frozenset({"staff"})


class FakeReader:
    """Reads a file as it is, unless it says that it is broken or slow; knows what it was asked."""

    def __init__(self) -> None:
        self.read_files: list[str] = []

    def read(self, paths: Iterable[Path]) -> Iterator[tuple[Path, Parsed | Rejected]]:
        for path in paths:
            self.read_files.append(path.name)
            text = path.read_text()
            if text == "broken":
                yield path, Rejected(reason="it says so", cause="damaged")
            elif text == "slow":
                yield path, Rejected(reason="it says so", cause="time")
            elif text == "large":
                yield path, Rejected(reason="it says so", cause="size")
            else:
                yield path, Parsed(title=path.stem, text=text, syntax="plain")


def cut(parsed: Parsed, document: str) -> tuple[Passage, ...]:
    return (
        Passage(
            id=f"{document}:{parsed.text}",
            document=document,
            ordinal=0,
            heading=(),
            preface="",
            text=parsed.text,
            start=0,
            end=len(parsed.text),
        ),
    )


class Place(Protocol):
    """A source that a test can change."""

    source: Source
    keeps_renamed: bool  # whether a document has another name than the source's for it, or content that tells

    def open(self) -> Connector: ...

    def write(self, path: str, text: str, readers: frozenset[str] | None = None) -> None: ...

    def rename(self, old: str, new: str) -> None: ...

    def remove(self, path: str) -> None: ...

    def unplug(self) -> None: ...

    def plug_in(self) -> None: ...


class FolderPlace:
    """A folder; readers of single documents are rules of its settings."""

    keeps_renamed = True

    def __init__(self, folder: Path) -> None:
        self.root = folder / "folder"
        self.root.mkdir()
        self.source = Source(name="folder", address=str(self.root), groups=STAFF)

    def open(self) -> Connector:
        return Folder(self.source)

    def write(self, path: str, text: str, readers: frozenset[str] | None = None) -> None:
        file = self.root / path
        file.parent.mkdir(exist_ok=True, parents=True)
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
        rules = tuple(rule for rule in self.source.readers if rule.path != f"/{path}")
        if readers is not None:
            rules += (ReadersRule(path=f"/{path}", groups=readers),)
        self.source = replace(self.source, readers=rules)

    def rename(self, old: str, new: str) -> None:
        (self.root / new).parent.mkdir(exist_ok=True)
        (self.root / old).rename(self.root / new)

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def unplug(self) -> None:
        self.root.rename(self.root.with_name("unplugged"))

    def plug_in(self) -> None:
        self.root.with_name("unplugged").rename(self.root)


class BeirPlace:
    """A corpus, written anew with each change; its ids are what judgments name, so a renamed record is a new one."""

    keeps_renamed = False

    def __init__(self, folder: Path) -> None:
        self.file = folder / "corpus.jsonl"
        self.source = Source(name="beir", address=str(self.file), groups=STAFF)
        self.records: dict[str, dict[str, object]] = {}
        self._save()

    def open(self) -> Connector:
        return BeirFile(self.source)

    def write(self, path: str, text: str, readers: frozenset[str] | None = None) -> None:
        groups = {} if readers is None else {"groups": sorted(readers)}
        self.records[path] = {"_id": path, "title": path, "text": text, **groups}
        self._save()

    def rename(self, old: str, new: str) -> None:
        self.records[new] = {**self.records.pop(old), "_id": new}
        self._save()

    def remove(self, path: str) -> None:
        del self.records[path]
        self._save()

    def unplug(self) -> None:
        self.file.unlink()

    def plug_in(self) -> None:
        self._save()

    def _save(self) -> None:
        self.file.write_text("\n".join(map(json.dumps, self.records.values())))


class MemoryPlace:
    """A wiki in memory, with ids of its own and listings of what has changed since a cursor, like many a server's."""

    keeps_renamed = True

    def __init__(self, folder: Path) -> None:
        self.source = Source(name="memory", address="memory://wiki", groups=STAFF, url=f"https://{folder.name}.example")
        self.pages: dict[str, tuple[str, str, frozenset[str] | None]] = {}  # by id: path, text and readers
        self.changes: list[str] = []  # ids, the latest last
        self.is_there = True
        self.listings: list[str] = []  # the cursor of each

    def open(self) -> Connector:
        return self

    def write(self, path: str, text: str, readers: frozenset[str] | None = None) -> None:
        self._set(self._id_of(path) or f"page {len(self.changes)}", path, text, readers)

    def rename(self, old: str, new: str) -> None:
        page = self._id_of(old)
        self._set(page, new, *self.pages[page][1:])

    def remove(self, path: str) -> None:
        page = self._id_of(path)
        del self.pages[page]
        self.changes.append(page)

    def unplug(self) -> None:
        self.is_there = False

    def plug_in(self) -> None:
        self.is_there = True

    def list(self, cursor: str) -> Iterator[ListingEntry]:
        if not self.is_there:
            raise UnreachableError("The wiki does not answer.")
        self.listings.append(cursor)
        for page in dict.fromkeys(self.changes[int(cursor) :]) if cursor else self.pages:
            yield self._item(page) if page in self.pages else RemovedItem(id=page)
        yield ListingEnd(complete=not cursor, cursor=str(len(self.changes)))

    def fetch(self, item: SourceItem) -> FetchedItem:
        if not self.is_there:
            raise ConnectionResetError("connection reset")
        return FetchedItem(item=replace(item, title=f"Title of {item.path}"), body=self.pages[item.id][1].encode())

    def _id_of(self, path: str) -> str:
        return next((page for page, (at, _, _) in self.pages.items() if at == path), "")

    def _set(self, page: str, path: str, text: str, readers: frozenset[str] | None) -> None:
        self.pages[page] = path, text, readers
        self.changes.append(page)

    def _item(self, page: str) -> SourceItem:
        path, text, readers = self.pages[page]
        return SourceItem(id=page, path=path, version=text, name="page.md", readers=readers)


class Failing:
    """A connector that breaks off: after so many entries of its listing, or after so many documents."""

    def __init__(
        self, connector: Connector, *, entries: int = 10**6, documents: int = 10**6, ends: bool = False
    ) -> None:
        self._connector, self._entries, self._documents, self._ends = connector, entries, documents, ends

    def list(self, cursor: str) -> Iterator[ListingEntry]:
        for place, entry in enumerate(self._connector.list(cursor)):
            if place >= self._entries:
                if self._ends:
                    return
                raise UnreachableError("It broke off.")
            yield entry

    def fetch(self, item: SourceItem) -> FetchedItem:
        if not self._documents:
            raise UnreachableError("It broke off.")
        self._documents -= 1
        return self._connector.fetch(item)


class Bench:
    """Syncs places as `hone documents sync` does, and says what is in the library then."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.library, self.reader = workspace, Library(workspace.database), FakeReader()
        self.limits = ReadLimits()

    def sync(self, place: Place, connector: Connector | None = None, *, retry: bool = False) -> SyncReport:
        database, source = self.workspace.database, place.source
        desk = Intake(librarian=Librarian(database), cut=cut, progress=Silent())
        room = SyncContext(library=self.library, desk=desk, reader=self.reader, limits=self.limits)
        report = SourceSync(source, connector or place.open(), room, retry=retry).run(cursor_of(database, source))
        if report.problem is None:
            remember_source(database, source, synced=1.0, cursor=report.cursor)
        return report

    def texts(self) -> dict[str, str]:
        return {document.path: self.library.text(document.id) for document in self.library.documents()}

    def ids(self) -> dict[str, str]:
        return {document.path: document.id for document in self.library.documents()}

    def readers(self) -> dict[str, frozenset[str]]:
        return {document.path: document.groups for document in self.library.documents()}

    def refusals(self) -> dict[str, str]:
        return {item.path: item.cause for item in self.library.rejections()}
