"""How many documents of what was found are of each source, kind and folder; counted from hits the asker may read."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hone.records import Hit

FOLDERS = 8  # folders offered; more would be no choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Values with their counts, the most frequent first."""

    sources: tuple[tuple[str, int], ...] = ()
    kinds: tuple[tuple[str, int], ...] = ()
    folders: tuple[tuple[str, int], ...] = ()


def facets_of(hits: Iterable[Hit]) -> Facets:
    """Count documents, each once."""
    documents = list({hit.document: hit for hit in hits}.values())
    return Facets(
        sources=_counted(documents, lambda hit: hit.source),
        kinds=_counted(documents, lambda hit: hit.kind),
        folders=_counted(documents, folder_of)[:FOLDERS],
    )


def folder_of(hit: Hit) -> str:
    """Give the folder that a document stands in, at the top of its source."""
    return hit.path.partition("/")[0] if "/" in hit.path else ""


def _counted(hits: list[Hit], value: Callable[[Hit], str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(found for hit in hits if (found := value(hit)))
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
