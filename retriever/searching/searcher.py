"""A search from question to page: encode, both legs under one filter, fuse, group, check again, log."""

import logging
import time
import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hone.errors import HoneError, UsageError
from hone.records import Asker, Channel, Filters, FusionWeights, Hit, Purpose, SearchResult
from hone.workspace import Workspace
from retriever.cutting.identity import is_as_cut
from retriever.library.library import Library
from retriever.ranking.fusion import WEIGHTS, Background, fuse, unscored
from retriever.ranking.words import analyse_query
from retriever.searching.live import Held, Live, Opened
from retriever.searching.page import Entry, Layout, lay_out
from retriever.searching.shuffling import shuffled
from retriever.storing.store import LegHits, LegQuery, PointFilter

log = logging.getLogger(__name__)

DEPTH = 50  # passages asked of each leg: 100 and 200 give the same nDCG@10, 20 up to .002 less (docs/experiments.md)
LONGEST_QUERY = 4000  # characters; what people paste beyond it says nothing more to the encoder
Order = tuple[tuple[str, float], ...]

NOBODY = Asker()
ANYTHING = Filters()
TYPED = Purpose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, by whom, and how narrowly."""

    text: str
    asker: Asker = NOBODY
    filters: Filters = ANYTHING
    hits: int | None = None  # how many to show; the settings' number when not given
    per_document: int | None = None
    purpose: Purpose = TYPED
    listed: bool = False  # somebody looks down the page: it may be shuffled a little, where the settings want that


@dataclass(slots=True, kw_only=True)
class Clock:
    """Milliseconds by stage."""

    took: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def time(self, stage: str) -> Generator[None]:
        began = time.perf_counter()
        yield
        self.took[stage] = round(self.took.get(stage, 0.0) + (time.perf_counter() - began) * 1000, 3)


class Searcher:
    """Searches the live generation; one is shared by every thread of a process."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.live = Live(workspace)
        self.library = Library(workspace.database)

    def search(self, question: Question) -> SearchResult:
        """Answer one question with hits that its asker may read, and log it."""
        checked(question)
        with self.live.current() as opened:
            clock, began = Clock(), time.perf_counter()  # loading, which the first search does, is not its time
            with clock.time("encode"):
                vector = opened.encoder.encode_queries([question.text])[0]
            result = self._search(question, vector, opened, clock, began)
        return self._logged(shuffled(result, self._share(question)), question.purpose)

    def search_all(self, questions: Sequence[Question]) -> Iterator[SearchResult]:
        """Answer many questions, encoded together; for evaluation, so nothing is logged."""
        for question in questions:
            checked(question)
        with self.live.current() as opened:
            vectors = opened.encoder.encode_queries([question.text for question in questions])
            for question, vector in zip(questions, vectors, strict=True):
                yield self._search(question, vector, opened, Clock(), time.perf_counter())

    def ask_legs(
        self, question: Question, vector: NDArray[np.float32], opened: Opened, depth: int
    ) -> tuple[LegHits, LegHits]:
        """Ask both legs, then each for its scores of what only the other found.

        The index knows the readers of the day it was built. Where the library has moved on since, what it took away
        from the asker is left out of every stage, and so out of the log.
        """
        legs, cross = ask_legs(question, vector, opened, depth)
        if self.library.revision() == opened.generation.library_revision:
            return legs, cross
        readers = self.library.readers([hit.id for hit in (*legs.dense, *legs.bm25)])
        allowed = {name for name, groups in readers.items() if question.asker.may_read(groups)}
        return LegHits(
            dense=tuple(hit for hit in legs.dense if hit.id in allowed),
            bm25=tuple(hit for hit in legs.bm25 if hit.id in allowed),
        ), cross

    @contextmanager
    def held(self) -> Generator["Searcher"]:
        """Lend a searcher that stays on what is live now, for an answer that rests on several searches."""
        with self.live.current() as opened:
            searcher = copy(self)
            searcher.live = Held(self.workspace, opened)
            yield searcher

    def warm(self) -> None:
        """Load encoder and index before the first question needs them."""
        with self.live.current():
            pass

    def close(self) -> None:
        """Let go of index and encoder."""
        self.live.close()

    def _search(
        self, question: Question, vector: NDArray[np.float32], opened: Opened, clock: Clock, began: float
    ) -> SearchResult:
        layout = self._layout(question)
        with clock.time("legs"):
            legs, cross = self.ask_legs(question, vector, opened, max(DEPTH, 4 * layout.hits))
        with clock.time("fuse"):
            fused = fuse(legs, cross, background_of(opened), weights_of(opened))
        with clock.time("page"):
            order = tuple((hit.id, hit.score) for hit in fused.hits)
            entries, altered = self._page(order, question.asker, layout)
        stages = {"dense": _order(legs, "dense"), "bm25": _order(legs, "bm25"), "fused": order}
        hits = _hits(entries, stages)
        clock.took["total"] = round((time.perf_counter() - began) * 1000, 3)
        return SearchResult(
            search_id=str(uuid.uuid4()),
            query=question.text,
            asker=question.asker,
            filters=question.filters,
            model=opened.generation.model.id,
            generation=opened.generation.id,
            took_ms=clock.took,
            hits=hits,
            stages=stages,
            notices=(*opened.notices, *_told_altered(altered)),
        )

    def _layout(self, question: Question) -> Layout:
        settings = self.workspace.settings.search
        return Layout(
            hits=settings.hits if question.hits is None else question.hits,
            per_document=settings.per_document if question.per_document is None else question.per_document,
        )

    def _page(self, order: Order, asker: Asker, layout: Layout) -> tuple[Sequence[Entry], frozenset[str]]:
        """Look up as many passages as the page needs, a stretch of the order at a time, and name what is damaged."""
        stretch = 2 * layout.hits
        for length in (stretch, len(order)):
            placed = self.library.place([name for name, _ in order[:length]])
            altered = {name: item for name, item in placed.items() if not is_as_cut(item.passage)}
            good = {name: item for name, item in placed.items() if name not in altered}
            page = lay_out(order[:length], good, asker, layout)
            if len(page) >= layout.hits:
                break
        for item in altered.values():
            log.error("passage %s of %s was altered in the library", item.passage.id, item.document.id)
        readable = (item.document for item in altered.values() if asker.may_read(item.document.groups))
        return page, frozenset(document.path for document in readable)

    def _share(self, question: Question) -> float:
        """Give the share of pages like this one that are shuffled: none where nothing can be learned of it."""
        settings, person = self.workspace.settings, question.asker.name
        if not (settings.training.shuffled and question.listed and settings.search.log):
            return 0.0
        return 0.0 if self.workspace.optouts.has(person) else settings.training.shuffled

    def _logged(self, result: SearchResult, purpose: Purpose) -> SearchResult:
        if not self.workspace.settings.search.log:
            return result
        try:
            self.workspace.log.record(result, purpose=purpose)
        except HoneError as error:  # a full disk or a log that is held: the hits are good all the same
            log.error("search %s was not logged: %s", result.search_id, error.message)
            return replace(result, notices=(*result.notices, f"This search was not logged. {error.message}"))
        return result


def _told_altered(paths: frozenset[str]) -> tuple[str, ...]:
    if not paths:
        return ()
    named = ", ".join(sorted(paths))
    return (f"Something in {named} is not what was read from it, so it is not shown. → hone verify",)


def checked(question: Question) -> None:
    """Refuse a question that can't be searched for."""
    if not question.text.strip():
        raise UsageError("The question is empty.", hint='Ask something: hone search "how do I reset my password"')
    if len(question.text) > LONGEST_QUERY:
        raise UsageError(
            f"The question has {len(question.text):,} characters; at most {LONGEST_QUERY:,} are searched for.",
            hint="Ask with the sentence that matters.",
        )


def point_filter(asker: Asker, filters: Filters) -> PointFilter:
    """Build what the store may look at: permission from the asker alone, the rest from the filters."""
    return PointFilter(
        groups=asker.groups,
        sources=filters.sources,
        kinds=filters.kinds,
        path=filters.path,
        since=filters.since.timestamp() if filters.since else None,
        until=filters.until.timestamp() if filters.until else None,
    )


def ask_legs(question: Question, vector: NDArray[np.float32], opened: Opened, depth: int) -> tuple[LegHits, LegHits]:
    """Ask one generation, as it was built."""
    words = analyse_query(question.text)
    allowed = point_filter(question.asker, question.filters)
    legs = opened.store.search([LegQuery(vector=vector, words=words, filter=allowed, limit=depth)])[0]
    missing = unscored(legs)
    cross: list[LegHits] = []
    asked = [
        LegQuery(vector=vector, words="", filter=replace(allowed, ids=missing.dense), limit=len(missing.dense)),
        LegQuery(vector=None, words=words, filter=replace(allowed, ids=missing.bm25), limit=len(missing.bm25)),
    ]
    asked = [query for query in asked if query.limit]
    if asked:
        cross = opened.store.search(asked)
    return legs, LegHits(
        dense=tuple(hit for found in cross for hit in found.dense),
        bm25=tuple(hit for found in cross for hit in found.bm25),
    )


def background_of(opened: Opened) -> Background:
    """Give what a cosine in this generation is measured against."""
    return Background(mean=opened.generation.cosine_mean, deviation=opened.generation.cosine_deviation)


def weights_of(opened: Opened) -> FusionWeights:
    """Give how this generation's model weighs the legs."""
    return opened.generation.model.fusion or WEIGHTS


def _order(legs: LegHits, leg: str) -> Order:
    return tuple((hit.id, hit.score) for hit in (legs.dense if leg == "dense" else legs.bm25))


def _hits(entries: Sequence[Entry], stages: Mapping[str, Order]) -> tuple[Hit, ...]:
    channels = {
        stage: {name: Channel(rank=rank, score=score) for rank, (name, score) in enumerate(order, 1)}
        for stage, order in stages.items()
    }
    return tuple(
        _hit(
            rank,
            entry,
            {
                stage: found[entry.placed.passage.id]
                for stage, found in channels.items()
                if entry.placed.passage.id in found
            },
        )
        for rank, entry in enumerate(entries, 1)
    )


def _hit(rank: int, entry: Entry, channels: Mapping[str, Channel]) -> Hit:
    passage, document = entry.placed.passage, entry.placed.document
    return Hit(
        rank=rank,
        document=document.id,
        passage=passage.id,
        title=document.title,
        heading=passage.heading,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        page=passage.page,
        source=document.source,
        path=document.path,
        kind=document.kind,
        url=document.url,
        modified=document.modified,
        score=entry.score,
        channels=channels,
        also_in=tuple(entry.also_in),
    )
