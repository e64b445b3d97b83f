"""What a source's settings say of each document: who reads it, where it opens, whether it is wanted; and its names."""

import unicodedata
from collections.abc import Sequence

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from retriever.sources.connector import SourceItem
from retriever.sources.source import Source, readable_by

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
    return not any(unicodedata.category(letter) in UNPRINTABLE for letter in name)


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
