"""Where scores come from: the store, a matrix of cosines, or a function of the question."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hone.workspace import Workspace
from retriever.ranking.leg import Leg, Query, Scorer
from retriever.ranking.legs import LEGS, usual_legs
from retriever.storing.store import LegHit, LegQuery, Store

TOGETHER = 128  # queries that the store is asked at a time; more gained nothing

Hits = tuple[LegHit, ...]  # best first, ties by id


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What a leg is asked: its best passages for a question, or its scores of certain ones."""

    leg: Leg
    query: Query
    row: int  # of the question among those that are ranked together
    limit: int
    ids: frozenset[str] = frozenset()  # only these, where there are any


class ScoreSource(Protocol):
    """Answers lookups, many at once."""

    @property
    def permitted(self) -> bool: ...  # whether it gives an asker only what they may read

    def look_up(self, lookups: Sequence[Lookup]) -> Sequence[Hits]: ...


@dataclass(frozen=True, slots=True)
class StoreSource:
    """Asks the store, which has the permission filter in it."""

    store: Store
    permitted: bool = True

    def look_up(self, lookups: Sequence[Lookup]) -> list[Hits]:
        """Ask all legs of all questions together."""
        queries = [_store_query(lookup) for lookup in lookups]
        parts = [queries[start : start + TOGETHER] for start in range(0, len(queries), TOGETHER)]
        found = [hits for part in parts for hits in self.store.search(part)]
        return [hits[lookup.leg.name] for lookup, hits in zip(lookups, found, strict=True)]


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """Takes scores from a mapping or a function, one for each question."""

    scores: Callable[[Lookup], Mapping[str, float]]
    permitted: bool = False

    def look_up(self, lookups: Sequence[Lookup]) -> list[Hits]:
        """Return the best of what has a score."""
        return [_best(self.scores(lookup), lookup) for lookup in lookups]


Top = Callable[[NDArray[np.float32], int], NDArray[np.int64]]  # the places of so many highest scores, in any order


def numpy_top(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Find the places of the highest scores of one question."""
    return np.argpartition(-scores, count - 1)[:count]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixSource:
    """Takes scores from a matrix: a question a row, a passage a column."""

    scores: NDArray[np.float32]
    rows: Mapping[str, int]  # by passage id, in the order of the columns
    readable: Callable[[Query], NDArray[np.bool_]] | None = None  # none: whoever asks may read all of it
    top: Top = numpy_top
    permitted: bool = True

    def look_up(self, lookups: Sequence[Lookup]) -> list[Hits]:
        """Find the nearest passages of each question, or score those that are named."""
        ids = list(self.rows)
        return [self._named(lookup) if lookup.ids else self._nearest(lookup, ids) for lookup in lookups]

    def _nearest(self, lookup: Lookup, ids: Sequence[str]) -> Hits:
        line = self.scores[lookup.row]
        if self.readable is not None:
            line = np.where(self.readable(lookup.query), line, -np.inf)
        count = min(lookup.limit, len(line))
        places: list[int] = self.top(line, count).tolist() if count else []
        return _sorted({ids[place]: float(line[place]) for place in places if np.isfinite(line[place])})

    def _named(self, lookup: Lookup) -> Hits:
        names = [name for name in lookup.ids if name in self.rows]
        places = [self.rows[name] for name in names]
        readable = self.readable(lookup.query)[places] if self.readable else np.ones(len(names), dtype=bool)
        found = zip(names, self.scores[lookup.row, places].tolist(), readable.tolist(), strict=True)
        return _sorted({name: score for name, score, may in found if may})


@dataclass(frozen=True, slots=True)
class KeptSource:
    """Leaves out of another source what does not stay."""

    source: ScoreSource
    stays: Callable[[Query, Sequence[str]], Collection[str]]

    @property
    def permitted(self) -> bool:
        """Say what the other source says."""
        return self.source.permitted

    def look_up(self, lookups: Sequence[Lookup]) -> list[Hits]:
        """Ask the other source, and keep of its hits those that stay."""
        found = self.source.look_up(lookups)
        return [self._kept(lookup.query, hits) for lookup, hits in zip(lookups, found, strict=True)]

    def _kept(self, query: Query, hits: Hits) -> Hits:
        staying = self.stays(query, [hit.id for hit in hits])
        return tuple(hit for hit in hits if hit.id in staying)


def within(source: ScoreSource, known: Mapping[str, object]) -> ScoreSource:
    """Leave out what an index has and a corpus has not."""
    return KeptSource(source, lambda _, ids: known.keys() & ids)


def open_scorers(workspace: Workspace) -> dict[str, Scorer]:
    """Open what scores passages for the legs that the store does not have."""
    return {leg.name: leg.open(workspace) for leg in LEGS.values() if leg.open is not None}


def sources_of(store: ScoreSource, scorers: Mapping[str, Scorer]) -> dict[str, ScoreSource]:
    """Map each leg to the source of its scores; each question is scored once."""
    return {name: _remembered(scorers[name]) if name in scorers else store for name in usual_legs()}


def _remembered(scorer: Scorer) -> FunctionSource:
    known = dict[int, Mapping[str, float]]()

    def scores(lookup: Lookup) -> Mapping[str, float]:
        if lookup.row not in known:
            known[lookup.row] = scorer(lookup.query)
        return known[lookup.row]

    return FunctionSource(scores)


def _store_query(lookup: Lookup) -> LegQuery:
    if lookup.leg.query is None:
        raise ValueError(f"the store has no leg {lookup.leg.name!r}")
    asked = lookup.leg.query(lookup.query)
    allowed = replace(asked.filter, ids=lookup.ids) if lookup.ids else asked.filter
    return replace(asked, filter=allowed, limit=lookup.limit)


def _best(scores: Mapping[str, float], lookup: Lookup) -> Hits:
    wanted = {name: scores[name] for name in lookup.ids if name in scores} if lookup.ids else scores
    return _sorted(wanted)[: lookup.limit]


def _sorted(scores: Mapping[str, float]) -> Hits:
    order = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return tuple(LegHit(id=name, score=score) for name, score in order)
