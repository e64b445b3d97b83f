"""Where documents come from: a file, a folder or a BEIR corpus, each with the groups that may read it."""

import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from hone.database import Database
from hone.errors import UsageError
from hone.records import ADMIN
from hone.settings import Settings
from retriever.library.tables import sources

BEIR_FILE = "corpus.jsonl"
MOST_NS = 2**63 - 1  # what a column of the library holds; some file systems have later times
UNPRINTABLE = ("Cc", "Cs")  # Unicode's categories of control characters and of lone surrogates
NEVER = (".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", ".hone")  # folders that hold no documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place; `groups` is never empty: what nobody was given belongs to the admins."""

    name: str
    location: Path
    groups: frozenset[str]
    include: tuple[str, ...] = ()  # patterns as in .gitignore; empty: every format Hone reads
    ignore: tuple[str, ...] = ()
    url: str = ""  # put before a document's path, for people to open it

    @property
    def is_corpus(self) -> bool:
        return self.location.suffix in (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that stands in a source."""

    path: str  # relative to the source, with forward slashes
    file: Path
    size: int
    mtime_ns: int


def readable_by(groups: frozenset[str]) -> frozenset[str]:
    """Deny by default: without a group, only admins read."""
    return groups or frozenset({ADMIN})


def known_sources(settings: Settings, database: Database) -> Mapping[str, Source]:
    """Give every source by name; `hone.toml` wins over what `documents add` wrote down."""
    with database.read() as connection:
        rows = connection.execute(sa.select(sources)).all()
    found = {
        row.name: Source(
            name=row.name,
            location=Path(row.location),
            groups=readable_by(frozenset(row.groups)),
            include=tuple(row.include),
            ignore=tuple(row.ignore),
            url=row.url,
        )
        for row in rows
        if row.location
    }
    for item in settings.sources:
        found[item.name] = Source(
            name=item.name,
            location=resolved(settings.home / item.path),
            groups=readable_by(item.groups),
            include=item.include,
            ignore=item.ignore,
            url=item.url,
        )
    return found


def remember_source(database: Database, source: Source, *, synced: float | None, listed: bool = False) -> None:
    """Write a source down, or that it was read to the end at a moment.

    Of one that is listed in `hone.toml` no location is kept, so that it is gone once it is taken out of there.
    """
    row = {
        "name": source.name,
        "location": "" if listed else str(source.location),
        "include": list(source.include),
        "ignore": list(source.ignore),
        "groups": sorted(source.groups),
        "url": source.url,
        "synced": synced,
    }
    with database.write() as connection:
        connection.execute(sources.insert().prefix_with("OR REPLACE").values(row))


def forget_source(database: Database, name: str) -> None:
    """Take a source out of the list; its documents are removed by the next sync."""
    with database.write() as connection:
        connection.execute(sources.delete().where(sources.c.name == name))


def synced_times(database: Database) -> Mapping[str, float | None]:
    """Tell when each source was last read to the end."""
    with database.read() as connection:
        return {row.name: row.synced for row in connection.execute(sa.select(sources.c.name, sources.c.synced))}


def resolved(path: Path) -> Path:
    """Make a location absolute; a folder in BEIR form stands for its corpus."""
    path = path.expanduser().absolute()
    return path / BEIR_FILE if (path / BEIR_FILE).is_file() else path


def require_location(source: Source) -> None:
    """Refuse a source that is not where it was: a drive that is not mounted must not look like an empty folder."""
    if not source.location.exists():
        raise UsageError(
            f"Source {source.name!r} is at {source.location}, and nothing is there.",
            hint=f"Mend its path, or take it out: hone documents remove --source {source.name}",
        )


def is_printable(name: str) -> bool:
    """Tell whether a name can be stored and shown: no control characters, and no bytes that are not UTF-8."""
    return not any(unicodedata.category(letter) in UNPRINTABLE for letter in name)


def printable(name: str) -> str:
    """Write a name so that it can be stored and shown."""
    return "".join(letter if is_printable(letter) else ascii(letter)[1:-1] for letter in name)


def exactly(path: str) -> str:
    """Make the ignore pattern of one file, whatever is in its name."""
    return "/" + GitIgnoreSpecPattern.escape(path)


def walk(source: Source) -> Iterator[Found]:
    """Find a source's files, in order of path; symbolic links are not followed."""
    require_location(source)
    if source.location.is_file():
        if _wanted(source.location.name, source):
            yield _found(source.location.name, source.location, source.location.stat())
        return
    for file, stat in _files(source.location):
        path = file.relative_to(source.location).as_posix()
        if _wanted(path, source):
            yield _found(path, file, stat)


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if entry.is_symlink() or entry.name in NEVER:
            continue
        if entry.is_dir():
            yield from _files(Path(entry.path))
        elif entry.is_file():
            yield Path(entry.path), entry.stat(follow_symlinks=False)


def _wanted(path: str, source: Source) -> bool:
    if source.ignore and GitIgnoreSpec.from_lines(source.ignore).match_file(path):
        return False
    return not source.include or GitIgnoreSpec.from_lines(source.include).match_file(path)


def _found(path: str, file: Path, stat: os.stat_result) -> Found:
    return Found(path=path, file=file, size=stat.st_size, mtime_ns=min(max(stat.st_mtime_ns, -MOST_NS), MOST_NS))
