"""What a source's settings say of each document: whether it is wanted, who reads it, where people open it."""

from collections.abc import Sequence

from pathspec import GitIgnoreSpec

from retriever.sources.connector import SourceItem
from retriever.sources.names import exactly
from retriever.sources.source import Source, readable_by


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
