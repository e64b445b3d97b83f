"""One sync: sources into the library, then the library into a new generation."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hone.errors import UsageError
from hone.progress import Progress
from hone.records import Passage
from hone.registry import Generation
from hone.settings import ReadingSettings
from hone.workspace import Workspace
from retriever.cutting.passages import cut
from retriever.cutting.tokens import open_window
from retriever.cutting.window import Window
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import bring_up_to_date
from retriever.library.librarian import Librarian
from retriever.library.library import Library
from retriever.reading.limits import MIB, ReadLimits
from retriever.reading.parsed import Parsed
from retriever.reading.reader import Reader
from retriever.sources.connector import UnreachableError
from retriever.sources.connectors import open_connector
from retriever.sources.intake import CutShort, Intake, SyncContext, SyncReport
from retriever.sources.source import Source, cursor_of, known_sources, remember_source
from retriever.sources.source_sync import SourceSync

HASH_MODEL = "hash"
WORDS = 200  # the window of the hash encoder, which has no tokenizer: about what 256 tokens hold


class Cutter:
    """Cuts for the encoder that serves; what that is and how it counts is found out at the first document."""

    def __init__(self, encoders: Encoders) -> None:
        self._encoders = encoders

    def __call__(self, parsed: Parsed, document: str) -> tuple[Passage, ...]:
        return cut(parsed, document, self._window)

    @cached_property
    def _window(self) -> Window:
        from retriever.encoding.modelfolder import find_model_folder

        model = self._encoders.serving()
        if model.location == HASH_MODEL:
            return Window(limit=WORDS, count=lambda text: len(text.split()))
        tokenizer = find_model_folder(self._encoders.place(model.location)) / "tokenizer.json"
        return open_window(tokenizer, model.card.max_tokens, model.card.passage_prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What a sync did, and the generation that is live after it."""

    reports: tuple[SyncReport, ...]
    orphans: Mapping[str, int]  # documents taken out because their source is no longer listed
    generation: Generation | None
    seconds: float
    cut_short: tuple[CutShort, ...] = ()  # documents that were read now and are searched in part


def sync(
    workspace: Workspace,
    names: Sequence[str],
    progress: Progress,
    *,
    wait: float,
    what: str = "hone documents sync",
    retry: bool = False,
) -> Synced:
    """Bring library and index up to date with these sources, or all; running it again finishes what was cut off.

    What was refused before is tried again if there is a reason to, and whether or not with `retry`.
    """
    began = time.monotonic()
    with workspace.writing(what, wait=wait):
        sources = _chosen(workspace, names)
        listed = {item.name for item in workspace.settings.sources}
        library, librarian = Library(workspace.database), Librarian(workspace.database)
        encoders = Encoders(workspace)
        desk = Intake(
            librarian=librarian, cut=Cutter(encoders), progress=progress, most=workspace.settings.reading.passages
        )
        limits, reports = _limits(workspace.settings.reading), list[SyncReport]()
        with Reader(workspace.settings.reading.workers, limits) as reader:
            room = SyncContext(library=library, desk=desk, reader=reader, limits=limits)
            for source in sources:
                cursor, is_listed = cursor_of(workspace.database, source), source.name in listed
                remember_source(workspace.database, source, synced=None, listed=is_listed, cursor=cursor)
                report = _sync_one(source, room, cursor, retry=retry)
                reports.append(report)
                if report.problem is None:  # the commit point: only now the next reading may go on from here
                    now, cursor = time.time(), report.cursor
                    remember_source(workspace.database, source, synced=now, listed=is_listed, cursor=cursor)
        orphans: Mapping[str, int] = {} if names else _remove_orphans(workspace, library, librarian)
        generation = bring_up_to_date(workspace, encoders, progress)
    return Synced(
        reports=tuple(reports),
        orphans=orphans,
        generation=generation,
        seconds=time.monotonic() - began,
        cut_short=tuple(desk.cut_short),
    )


def _sync_one(source: Source, room: SyncContext, cursor: str, *, retry: bool) -> SyncReport:
    """Read one source; a drive that is not mounted must not keep the others from being read."""
    try:
        connector = open_connector(source)
    except (UsageError, UnreachableError) as error:
        return SyncReport(source=source.name, problem=error)
    return SourceSync(source, connector, room, retry=retry).run(cursor)


def _chosen(workspace: Workspace, names: Sequence[str]) -> list[Source]:
    sources = known_sources(workspace.settings, workspace.database)
    if unknown := sorted(set(names) - set(sources)):
        raise UsageError(
            f"There is no source named {', '.join(unknown)}. Sources: {', '.join(sorted(sources)) or 'none yet'}.",
            hint="Add one: hone documents add FOLDER --group everyone",
        )
    return [source for name, source in sorted(sources.items()) if not names or name in names]


def _remove_orphans(workspace: Workspace, library: Library, librarian: Librarian) -> Mapping[str, int]:
    """Remove the documents of sources that are no longer listed."""
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
