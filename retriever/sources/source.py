"""Sources: the places that documents come from, and what their settings say of each document and its readers."""

import difflib
import json
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from hone.database import Database
from hone.errors import UsageError
from hone.records import ADMIN, EVERYONE
from hone.settings import Settings
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.library.rows import sources
from retriever.sources.connector import SourceItem

BEIR_FILE = "corpus.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadersRule:
    """Who reads the documents that a pattern fits, where they don't say so themselves."""

    path: str  # a pattern as in .gitignore
    groups: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place; `groups` is never empty: without any given, it is the admins'."""

    name: str
    address: str  # a path, or whatever one of the connectors understands
    groups: frozenset[str]
    include: tuple[str, ...] = ()  # patterns as in .gitignore; empty: everything that Hone reads
    ignore: tuple[str, ...] = ()
    url: str = ""  # put before a document's path, for people to open it
    readers: tuple[ReadersRule, ...] = ()  # the last that fits a document counts

    @property
    def scope(self) -> str:
        """All that decides which documents are listed and how they are kept, as text."""
        rules = [[rule.path, sorted(rule.groups)] for rule in self.readers]
        return json.dumps([self.address, sorted(self.groups), self.include, self.ignore, self.url, rules])


def readable_by(groups: frozenset[str]) -> frozenset[str]:
    """Deny by default: without a group, only admins read."""
    return groups or frozenset({ADMIN})


def known_sources(settings: Settings, database: Database) -> Mapping[str, Source]:
    """List every source by name; `hone.toml` wins over what `documents add` wrote down."""
    with database.read() as connection:
        rows = connection.execute(sa.select(sources)).all()
    found = {
        row.name: Source(
            name=row.name,
            address=row.location,
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
            address=resolved(item.path, settings.home),
            groups=readable_by(item.groups),
            include=item.include,
            ignore=item.ignore,
            url=item.url,
            readers=tuple(ReadersRule(path=rule.path, groups=rule.groups) for rule in item.readers),
        )
    return found


def remember_source(
    database: Database, source: Source, *, synced: float | None, listed: bool = False, cursor: str = ""
) -> None:
    """Write a source down, or that it was read to the end at a moment and where the next reading may go on.

    Of one that is listed in `hone.toml` no address is kept, so that it is gone once it is taken out of there.
    """
    row = {
        "name": source.name,
        "location": "" if listed else source.address,
        "include": list(source.include),
        "ignore": list(source.ignore),
        "groups": sorted(source.groups),
        "url": source.url,
        "synced": synced,
        "cursor": cursor,
        "scope": source.scope,
    }
    with database.write() as connection:
        connection.execute(sources.insert().prefix_with("OR REPLACE").values(row))


def cursor_of(database: Database, source: Source) -> str:
    """Find where the next reading may go on; nowhere, if what is wanted of the source has changed since."""
    query = sa.select(sources.c.cursor).where(sources.c.name == source.name, sources.c.scope == source.scope)
    with database.read() as connection:
        return connection.execute(query).scalar_one_or_none() or ""


def forget_source(database: Database, name: str) -> None:
    """Take a source out of the list; its documents are removed by the next sync."""
    with database.write() as connection:
        connection.execute(sources.delete().where(sources.c.name == name))


def synced_times(database: Database) -> Mapping[str, float | None]:
    """Read when each source was last read to the end."""
    with database.read() as connection:
        return {row.name: row.synced for row in connection.execute(sa.select(sources.c.name, sources.c.synced))}


def resolved(address: str | Path, base: Path = Path()) -> str:
    """Make a path absolute; a folder in BEIR form means its corpus. Other addresses stay as they are."""
    if "://" in str(address):
        return str(address)
    path = (base / Path(address).expanduser()).absolute()
    return str(path / BEIR_FILE if (path / BEIR_FILE).is_file() else path)


def require_there(source: Source) -> None:
    """Refuse a path where nothing is: a drive that is not mounted must not look like an empty folder."""
    if not Path(source.address).exists():
        raise UsageError(
            f"Source {source.name!r} is missing: there is nothing at {source.address}.",
            hint=f"Fix its path, or remove it: hone documents remove --source {source.name}",
        )


def unknown_groups(workspace: Workspace, given: Collection[str]) -> dict[str, list[str]]:
    """Name the groups that no one and nothing else has, each with the known ones that it is like."""
    known = {ADMIN, EVERYONE, *_of_settings(workspace.settings), *Library(workspace.database).groups()}
    for source in known_sources(workspace.settings, workspace.database).values():
        known |= source.groups.union(*(rule.groups for rule in source.readers))
    return {group: difflib.get_close_matches(group, sorted(known)) for group in sorted(set(given) - known)}


def _of_settings(settings: Settings) -> Iterator[str]:
    for person in settings.people.values():
        yield from person.groups
    yield from settings.identity.groups.values()


UNPRINTABLE = ("Cc", "Cs")  # Unicode's categories of control characters and of lone surrogates


class SourceRules:
    """A source's patterns, made ready once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._ignored = frozenset(source.ignore)
        self._ignore, self._include = _spec(source.ignore), _spec(source.include)
        self._readers = [(_spec([rule.path]), readable_by(rule.groups)) for rule in reversed(source.readers)]

    def wants(self, path: str) -> bool:
        """Check whether a document should be in the library."""
        return not self.ignores(path) and (not self._source.include or self._include.match_file(path))

    def ignores(self, path: str) -> bool:
        """Check whether a path should be left out; a document's whole path is a pattern too, whatever it holds."""
        if not self._ignored:
            return False
        return path in self._ignored or exactly(path) in self._ignored or self._ignore.match_file(path)

    def readers(self, item: SourceItem) -> frozenset[str]:
        """Name the groups that may read a document: its own, those of the last rule that fits, else the source's."""
        if item.readers is not None:
            return readable_by(item.readers)
        return next((groups for spec, groups in self._readers if spec.match_file(item.path)), self._source.groups)

    def url(self, item: SourceItem) -> str:
        """Say where people open a document; empty if the source has no address for it."""
        base = self._source.url.rstrip("/")
        return item.url or (f"{base}/{item.path}" if base else "")


def _spec(patterns: Sequence[str]) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines(patterns)


def is_printable(name: str) -> bool:
    """Check whether a name can be stored and shown: no control characters, and no bytes that are not UTF-8."""
    return name.isprintable() or not any(unicodedata.category(letter) in UNPRINTABLE for letter in name)


def printable(name: str) -> str:
    """Write a name so that it can be stored and shown."""
    return "".join(letter if is_printable(letter) else ascii(letter)[1:-1] for letter in name)


def exactly(path: str) -> str:
    """Make the ignore pattern of one path, whatever is in its name."""
    return "/" + GitIgnoreSpecPattern.escape(path)


def free_id(wanted: str, taken: set[str]) -> str:
    """Choose a document's id for good; a renamed one keeps its first, so a newcomer at its old path gets a number."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}~{number}"
    taken.add(name)
    return name
