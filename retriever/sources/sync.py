"""One sync: sources into the library, then the library into a new generation."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hone.errors import UsageError
from hone.progress import Progress
from hone.registry import Generation
from hone.settings import ReadingSettings
from hone.workspace import Workspace
from retriever.indexing.cutter import Cutter
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import bring_up_to_date
from retriever.library.librarian import Librarian
from retriever.library.library import Library
from retriever.reading.limits import MIB, ReadLimits
from retriever.reading.reader import Reader
from retriever.sources.beir import sync_corpus
from retriever.sources.desk import CutShort, Desk
from retriever.sources.folder import sync_files
from retriever.sources.report import SyncReport
from retriever.sources.source import Source, known_sources, remember_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What a sync did, and the generation that is live after it."""

    reports: tuple[SyncReport, ...]
    orphans: Mapping[str, int]  # documents taken out because their source is not listed any more
    generation: Generation | None
    seconds: float
    cut_short: tuple[CutShort, ...] = ()  # documents that were read now and are searched in part


def sync(
    workspace: Workspace, names: Sequence[str], progress: Progress, *, wait: float, what: str = "hone documents sync"
) -> Synced:
    """Bring library and index up to date with these sources, or all; running it again finishes what was cut off."""
    began = time.monotonic()
    with workspace.writing(what, wait=wait):
        sources = _chosen(workspace, names)
        listed = {item.name for item in workspace.settings.sources}
        library, librarian = Library(workspace.database), Librarian(workspace.database)
        encoders = Encoders(workspace)
        desk = Desk(
            librarian=librarian, cut=Cutter(encoders), progress=progress, most=workspace.settings.reading.passages
        )
        reports: list[SyncReport] = []
        with Reader(workspace.settings.reading.workers, _limits(workspace.settings.reading)) as reader:
            for source in sources:
                remember_source(workspace.database, source, synced=None, listed=source.name in listed)
                report = _sync_one(source, library, desk, reader)
                reports.append(report)
                if report.problem is None:
                    librarian.absolve(source.name, report.forgiven)
                    remember_source(workspace.database, source, synced=time.time(), listed=source.name in listed)
        orphans: Mapping[str, int] = {} if names else _remove_orphans(workspace, library, librarian)
        generation = bring_up_to_date(workspace, encoders, progress)
    return Synced(
        reports=tuple(reports),
        orphans=orphans,
        generation=generation,
        seconds=time.monotonic() - began,
        cut_short=tuple(desk.cut_short),
    )


def _sync_one(source: Source, library: Library, desk: Desk, reader: Reader) -> SyncReport:
    """Read one source; a drive that is not mounted must not keep the others from being read."""
    try:
        return sync_corpus(source, library, desk) if source.is_corpus else sync_files(source, library, desk, reader)
    except UsageError as error:
        return SyncReport(source=source.name, problem=error)


def _chosen(workspace: Workspace, names: Sequence[str]) -> list[Source]:
    sources = known_sources(workspace.settings, workspace.database)
    if unknown := sorted(set(names) - set(sources)):
        raise UsageError(
            f"There is no source named {', '.join(unknown)}; there are: {', '.join(sorted(sources)) or 'none yet'}.",
            hint="Add one: hone documents add FOLDER --group everyone",
        )
    return [source for name, source in sorted(sources.items()) if not names or name in names]


def _remove_orphans(workspace: Workspace, library: Library, librarian: Librarian) -> Mapping[str, int]:
    """What stands in no listed source any more is not searched any more."""
    removed: dict[str, int] = {}
    for name in sorted(library.sources() - set(known_sources(workspace.settings, workspace.database))):
        gone = [document.id for document in library.documents(name)]
        librarian.remove(gone)
        removed[name] = len(gone)
    return removed


def _limits(settings: ReadingSettings) -> ReadLimits:
    return ReadLimits(
        seconds=settings.seconds,
        memory_bytes=settings.memory_mb * MIB,
        input_bytes=settings.file_mb * MIB,
        output_chars=settings.characters,
    )
