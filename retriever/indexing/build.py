"""Building one generation: points from the library and the vector cache, sealed at the end."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from hone.errors import HoneError
from hone.progress import Progress
from hone.registry import Generation, Model
from hone.settings import Settings
from hone.workspace import Workspace
from retriever.cutting.window import embedded_text
from retriever.encoding.vectorcache import VectorCache, hash_text
from retriever.library.library import BEFORE_ANY, Library
from retriever.library.rows import Placed
from retriever.ranking.background import measure_background
from retriever.ranking.words import ANALYSER_VERSION, analyse
from retriever.storing import engine_for
from retriever.storing.manifest import seal
from retriever.storing.store import Engine, LegQuery, Point, PointFilter, Store

AT_ONCE = 512  # passages whose vectors are fetched together


def text_of(placed: Placed) -> str:
    """Build the exact text that a passage's vector is made from, and that its words come from."""
    return embedded_text(placed.document.title, placed.passage)


def points_of(part: Sequence[Placed], model: str, cache: VectorCache, *, partly: bool = False) -> list[Point]:
    """Make points of passages whose vectors are in the cache; `partly` leaves out the others."""
    texts = [text_of(placed) for placed in part]
    vectors = cache.get(model, [hash_text(text) for text in texts])
    made = zip(part, texts, vectors, strict=True)
    return [point_of(*one) for one in made if one[2] is not None or not partly]


def vectors_of(part: Sequence[Placed], model: str, cache: VectorCache) -> NDArray[np.float32]:
    """Read the vectors of passages that are in the cache, one a row."""
    found = cache.get(model, [hash_text(text_of(placed)) for placed in part])
    rows = [vector for vector in found if vector is not None]
    return np.stack(rows) if rows else np.empty((0, 0), dtype=np.float32)


def point_of(placed: Placed, text: str, vector: NDArray[np.float32] | None) -> Point:
    """Make the point of a passage from its text and its vector."""
    if vector is None:
        raise HoneError(f"Passage {placed.passage.id} has no vector yet.", hint="Encode it: hone documents sync")
    return Point(
        id=placed.passage.id,
        vector=vector,
        words=analyse(text),
        document=placed.document.id,
        source=placed.document.source,
        kind=placed.document.kind,
        path=placed.document.path,
        modified=placed.document.modified.timestamp(),
        groups=placed.document.groups,
    )


PROBES = 3  # passages that must find themselves before a generation may serve
SAMPLE = 2000  # passages that the background of cosines is measured on; the mean is then good to three digits
FOUND = 0.98  # cosine to itself, with room for what an engine's rounding takes


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOrder:
    """What is to be built, and from what."""

    settings: Settings
    generation: str
    model: Model
    base: Generation | None  # the generation to start from; everything is rebuilt without one
    revision: int  # the library's, which doesn't change meanwhile
    partly: bool = False  # only what is encoded already: it serves until the rest is

    @property
    def since(self) -> int:
        return self.base.library_revision if self.base else BEFORE_ANY

    @property
    def holds(self) -> int:
        """Return the revision that is in it as a whole; none is in a part, so the next build takes everything again."""
        return BEFORE_ANY if self.partly else self.revision


def build(order: BuildOrder, progress: Progress) -> Generation:
    """Build, check and seal a generation; it serves only once the pointer is moved to it."""
    workspace = Workspace(order.settings)
    try:
        engine, library = engine_for(workspace), Library(workspace.database)
        store = _begin(engine, order)
        try:
            cache = VectorCache(workspace.vectors)
            probes = _fill(store, order, library, cache, progress)
            count = _counted(store, library, order)
            background = measure_background(vectors_of(library.sample(SAMPLE), order.model.card.hash, cache))
            if (
                order.base is None and not order.partly
            ):  # a copy is left as it is: a sync should take as long as what it changes
                store.compact()
            store.flush()
        finally:
            store.close()
        if order.settings.store.engine == "embedded":
            seal(
                workspace.index / order.generation,
                encoder=order.model.card,
                points=count,
                library_revision=order.holds,
                analyser=ANALYSER_VERSION,
            )
        probe(engine, order.generation, probes)
    finally:
        workspace.close()
    return Generation(
        id=order.generation,
        model=order.model,
        engine=order.settings.store.engine,
        state="ready",
        passages=count,
        library_revision=order.holds,
        cosine_mean=background.mean,
        cosine_deviation=background.deviation,
        built=time.time(),
    )


def _begin(engine: Engine, order: BuildOrder) -> Store:
    if order.base is not None and order.base.id == order.generation:
        return engine.open(order.generation)  # a server's live collection is brought up to date where it is
    if engine.exists(order.generation):  # left by a build that was cut off
        engine.drop(order.generation)
    if order.base is None:
        return engine.create(order.generation, order.model.card.dimensions)
    return engine.copy(order.base.id, order.generation)


def _fill(store: Store, order: BuildOrder, library: Library, cache: VectorCache, progress: Progress) -> list[Point]:
    probes: list[Point] = []
    if order.base is not None:
        store.delete(library.removed(order.since))
    for part in _slices(library.changed(order.since)):
        points = points_of(part, order.model.card.hash, cache, partly=order.partly)
        store.upsert(points)
        probes = (probes + points[:1])[-PROBES:]
        progress.advance(len(points))
    return probes


def _counted(store: Store, library: Library, order: BuildOrder) -> int:
    count, (_, expected) = store.facts().points, library.count()
    if count > expected or (count < expected and not order.partly):
        raise HoneError(
            f"Generation {order.generation} has {count:,} passages, but the library has {expected:,}.",
            hint="It isn't used for searches. Build it again: hone index rebuild",
        )
    return count


def probe(engine: Engine, generation: str, points: Sequence[Point]) -> None:
    """Open what was sealed as a search would, and look for what was put in."""
    store = engine.open(generation)
    try:
        for point in points:
            allowed = PointFilter(groups=point.groups, ids=frozenset({point.id}))
            found = store.search([LegQuery(vector=point.vector, words="", filter=allowed, limit=1)])[0]["dense"]
            if not found or found[0].id != point.id or found[0].score < FOUND:
                raise HoneError(
                    f"Generation {generation} can't find passage {point.id} by its own vector.",
                    hint="It isn't used for searches. Build it again: hone index rebuild",
                )
    finally:
        store.close()


def _slices(placed: Iterable[Placed]) -> Iterator[tuple[Placed, ...]]:
    rest = iter(placed)
    while part := tuple(islice(rest, AT_ONCE)):
        yield part
