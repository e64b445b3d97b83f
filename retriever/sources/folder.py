"""A folder or a single file on this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

from retriever.library.rows import moment_of
from retriever.sources.connector import FetchedItem, ListingEnd, ListingEntry, SourceItem, UnreachableError
from retriever.sources.source import Source, SourceRules, require_there

NEVER = (".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", ".hone")  # folders that hold no documents


class Folder:
    """Lists files in order of path; symbolic links are not followed. A file has no name but its path."""

    def __init__(self, source: Source) -> None:
        self._source, self._root = source, Path(source.address)

    def list(self, cursor: str) -> Iterator[ListingEntry]:  # noqa: ARG002 -- it lists everything each time
        """Name every file."""
        require_there(self._source)
        if self._root.is_file():
            yield _item(self._root.name, self._root.stat())
        else:
            rules = SourceRules(self._source)
            for file, stat in self._files(self._root, rules):
                yield _item(file.relative_to(self._root).as_posix(), stat)
        yield ListingEnd()

    def fetch(self, item: SourceItem) -> FetchedItem:
        """Say where a file is."""
        return FetchedItem(item=item, body=self._root if self._root.is_file() else self._root / item.path)

    def _files(self, folder: Path, rules: SourceRules) -> Iterator[tuple[Path, os.stat_result]]:
        try:
            with os.scandir(folder) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if rules.ignores(f"{folder.relative_to(self._root).as_posix()}/"):
                return
            raise UnreachableError(
                f"{folder} of source {self._source.name!r} can't be listed: {error.strerror}.",
                hint="Give Hone's user access to it, or ignore it. Until then no documents of this source are removed.",
            ) from error
        for entry in ordered:
            if entry.is_symlink() or entry.name in NEVER:
                continue
            if entry.is_dir():
                yield from self._files(Path(entry.path), rules)
            elif entry.is_file() and (stat := _stat(entry)):
                yield Path(entry.path), stat


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # gone since the folder was listed
        return None


def _item(path: str, stat: os.stat_result) -> SourceItem:
    version, modified = f"{stat.st_mtime_ns}-{stat.st_size}", moment_of(stat.st_mtime_ns / 1e9)
    return SourceItem(id=path, path=path, version=version, name=path.rpartition("/")[2], modified=modified)
