"""Where every source stands, what could not be read, and whether the index has heard of it all."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from hone.records import Asker
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.library.rows import Rejection, documents, passages
from retriever.sources.intake import CutShort
from retriever.sources.source import known_sources, synced_times

COLUMNS = ("source", "path", "groups", "warnings", "passages_in_all")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """One source in figures."""

    name: str
    location: str
    groups: tuple[str, ...]
    documents: int
    passages: int
    synced: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The whole library in figures."""

    sources: tuple[SourceStatus, ...]
    rejections: tuple[Rejection, ...]
    skipped: tuple[Rejection, ...]  # files of kinds that no parser reads
    live: Generation | None
    cut_short: tuple[CutShort, ...]  # documents that are searched in part
    behind: bool  # the library has changed since the live generation was built


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentWarnings:
    """A document that was read, and what its reader had to say about it."""

    source: str
    path: str
    groups: frozenset[str]
    warnings: tuple[str, ...]
    cut_short: CutShort | None  # where it is only searched in part


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusHealth:
    """The library in figures for one person, without the names of files that they can't access."""

    status: Status
    warned: tuple[DocumentWarnings, ...]
    hidden: Mapping[str, int]  # by source: files that could not be read, or have warnings, and are closed to the asker
    bytes: Mapping[str, int]  # on disk, by what it is

    @property
    def passages(self) -> int:
        return sum(source.passages for source in self.status.sources)

    @property
    def documents(self) -> int:
        return sum(source.documents for source in self.status.sources)


def status_of(workspace: Workspace) -> Status:
    """Read the figures of a workspace."""
    library, live = Library(workspace.database), workspace.registry.live()
    times = synced_times(workspace.database)
    sources = known_sources(workspace.settings, workspace.database)
    refused = library.rejections()
    counts = {name: library.count(name) for name in sources}
    return Status(
        sources=tuple(
            SourceStatus(
                name=name,
                location=source.address,
                groups=tuple(sorted(source.groups)),
                documents=counts[name][0],
                passages=counts[name][1],
                synced=times.get(name),
            )
            for name, source in sorted(sources.items())
        ),
        rejections=tuple(item for item in refused if item.cause != "unsupported"),
        skipped=tuple(item for item in refused if item.cause == "unsupported"),
        live=live,
        cut_short=tuple(item.cut_short for item in _warned(workspace) if item.cut_short),
        behind=(live.library_revision if live else 0) < library.revision(),
    )


def health_of(workspace: Workspace, asker: Asker) -> CorpusHealth:
    """Read the figures of a workspace as one person may see them."""
    status = status_of(workspace)
    warned = _warned(workspace)
    readable = tuple(item for item in warned if asker.may_read(item.groups))
    hidden = Counter(item.source for item in (*status.rejections, *warned) if not asker.may_read(item.groups))
    return CorpusHealth(
        status=replace(
            status,
            rejections=tuple(item for item in status.rejections if asker.may_read(item.groups)),
            skipped=tuple(item for item in status.skipped if asker.may_read(item.groups)),
            cut_short=tuple(item.cut_short for item in readable if item.cut_short),
        ),
        warned=readable,
        hidden=dict(sorted(hidden.items())),
        bytes=_bytes(workspace),
    )


def _warned(workspace: Workspace) -> tuple[DocumentWarnings, ...]:
    kept = sa.select(sa.func.count()).where(passages.c.document == documents.c.id).scalar_subquery()
    columns = (*(documents.c[name] for name in COLUMNS), kept.label("kept"))
    query = sa.select(*columns).where(sa.cast(documents.c.warnings, sa.Text) != "[]")
    with workspace.database.read() as connection:
        rows = connection.execute(query.order_by(documents.c.source, documents.c.path)).all()
    return tuple(
        DocumentWarnings(
            source=row.source,
            path=row.path,
            groups=frozenset(row.groups),
            warnings=tuple(row.warnings),
            cut_short=row.passages_in_all
            and CutShort(source=row.source, path=row.path, kept=row.kept, passages=row.passages_in_all),
        )
        for row in rows
    )


def _bytes(workspace: Workspace) -> Mapping[str, int]:
    home = workspace.home
    places: Mapping[str, Collection[Path]] = {
        "library": [*home.glob("library.db*")],
        "vectors": [*home.glob("vectors.db*")],
        "log": [*home.glob("log.db*")],
        "conversations": [*home.glob("threads.db*")],
        "index": _files(workspace.index),
        "models": _files(home / "models"),
    }
    return {name: sum(_size(file) for file in files) for name, files in places.items()}


def _files(folder: Path) -> Collection[Path]:
    return [file for file in folder.rglob("*") if file.is_file()] if folder.is_dir() else []


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # gone since it was listed: a sync tidies up beside us
        return 0
