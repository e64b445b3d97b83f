"""All passages that may be learned from, in rows: what miners look through and tiers learn from."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from hone.records import EVERYONE
from hone.workspace import Workspace
from retriever.encoding.encoder import Encoder, Vectors
from retriever.encoding.vectorcache import VectorCache, encode_cached
from retriever.indexing.build import text_of
from retriever.library.library import Library
from retriever.library.rows import Placed

AT_ONCE = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagePlace:
    """Where a passage stands."""

    document: str
    ordinal: int


@dataclass(frozen=True, kw_only=True)
class Passages:
    """Passages in one order; row numbers mean the same in every field."""

    ids: tuple[str, ...]
    places: tuple[PassagePlace, ...]
    texts: tuple[str, ...]  # exactly what an encoder reads
    vectors: Vectors  # of the encoder that serves, of unit length
    groups: frozenset[str] = frozenset({EVERYONE})  # whoever is in all of them may read every passage
    restricted: frozenset[str] = frozenset()  # documents among them that not everybody may read

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Return rows by passage id."""
        return {name: row for row, name in enumerate(self.ids)}

    @cached_property
    def by_document(self) -> Mapping[str, tuple[int, ...]]:
        """Return the rows of each document, in its order."""
        found: dict[str, list[int]] = {}
        for row, place in enumerate(self.places):
            found.setdefault(place.document, []).append(row)
        return {name: tuple(sorted(rows, key=lambda row: self.places[row].ordinal)) for name, rows in found.items()}

    def restricted_among(self, rows: Iterable[int]) -> frozenset[str]:
        """Return the documents of some rows that not everybody may read."""
        return self.restricted & {self.places[row].document for row in rows}


def read_passages(workspace: Workspace, encoder: Encoder, *, restricted: bool = False) -> Passages:
    """Read the library, with vectors from the cache; only what is missing there is encoded.

    Passages that not everybody may read are left out unless `restricted` lets them in.
    """
    library = Library(workspace.database)
    with closing(VectorCache(workspace.vectors)) as cache:
        ids, places, texts = list[str](), list[PassagePlace](), list[str]()
        vectors, closed = list[Vectors](), dict[str, frozenset[str]]()
        changed = library.everything()
        open_ones = (item for item in changed if restricted or EVERYONE in item.document.groups)
        while part := list(islice(open_ones, AT_ONCE)):
            read = [text_of(item) for item in part]
            vectors.append(encode_cached(encoder, cache, read))
            ids += [item.passage.id for item in part]
            places += [_place(item) for item in part]
            texts += read
            closed |= {item.document.id: item.document.groups for item in part if EVERYONE not in item.document.groups}
    rows = np.concatenate(vectors) if vectors else np.empty((0, encoder.card.dimensions), dtype=np.float32)
    return Passages(
        ids=tuple(ids),
        places=tuple(places),
        texts=tuple(texts),
        vectors=rows,
        groups=frozenset({EVERYONE}).union(*closed.values()),
        restricted=frozenset(closed),
    )


def _place(item: Placed) -> PassagePlace:
    return PassagePlace(document=item.document.id, ordinal=item.passage.ordinal)
