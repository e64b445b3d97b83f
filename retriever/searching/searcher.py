"""A search from question to page: encode, every leg under one filter, fuse, rerank, group, check again, log."""

import logging
import time
import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hone.errors import HoneError, UsageError
from hone.records import Asker, Filters, Purpose, SearchResult
from hone.workspace import Workspace
from retriever.cutting.window import is_as_cut
from retriever.indexing.build import text_of
from retriever.library.library import Library
from retriever.ranking.background import Background
from retriever.ranking.fusion import weighing_of
from retriever.ranking.leg import Query
from retriever.ranking.legs import MEMORY
from retriever.ranking.rank import DEPTH, Ranked, Timed, rank
from retriever.ranking.reranker import open_reranking
from retriever.ranking.sources import FunctionSource, KeptSource, ScoreSource, StoreSource, open_scorers, sources_of
from retriever.ranking.words import analyse_query
from retriever.remembering.memory import NOTHING, open_memory
from retriever.searching.hits import Order, hits_of
from retriever.searching.live import LiveIndex, OpenIndex, PinnedIndex
from retriever.searching.page import Entry, Layout, lay_out, shuffled
from retriever.storing.store import LegHit, PointFilter

log = logging.getLogger(__name__)

WITHIN = 4  # passages that a document searched alone may bring
LONGEST_QUERY = 4000  # characters; what people paste beyond it says nothing more to the encoder

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
    within: int = 0  # best documents that are searched once more, each alone, for passages beyond their share
    purpose: Purpose = TYPED
    memory: bool = False  # in `search_all`, whether what people confirmed lifts hits; in `search` it does
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
        self.live = LiveIndex(workspace)
        self.library = Library(workspace.database)
        self.reranking = open_reranking(workspace, self._texts)
        self.memory = open_memory(workspace, self.library)
        self._scorers = open_scorers(workspace)

    def search(self, question: Question) -> SearchResult:
        """Answer one question with hits that its asker may read, and log it."""
        checked(question)
        with self._ready() as opened:
            clock, began = Clock(), time.perf_counter()  # loading, which the first search does, is not its time
            with clock.time("encode"):
                vector = opened.encoder.encode_queries([question.text])[0]
            result = self._search(replace(question, memory=True), vector, opened, clock, began)
        return self._logged(shuffled(result, self._share(question)), question.purpose)

    def search_all(self, questions: Sequence[Question]) -> Iterator[SearchResult]:
        """Answer many questions, encoded together; for evaluation, so nothing is logged.

        Nor is anything recalled unless a question asks for it: what is measured must not be answered from memory.
        """
        for question in questions:
            checked(question)
        with self._ready() as opened:
            vectors = opened.encoder.encode_queries([question.text for question in questions])
            for question, vector in zip(questions, vectors, strict=True):
                yield self._search(question, vector, opened, Clock(), time.perf_counter())

    def sources(self, opened: OpenIndex) -> Mapping[str, ScoreSource]:
        """Say where the scores of each leg come from.

        The index knows the readers of the day it was built. Where the library has moved on since, what it took away
        from the asker is left out of every stage, and so out of the log.
        """
        store: ScoreSource = StoreSource(opened.store)
        if self.library.revision() != opened.generation.library_revision:
            store = KeptSource(store, self._readable)
        return sources_of(store, self._scorers)

    def rank(
        self,
        question: Question,
        vector: NDArray[np.float32],
        opened: OpenIndex,
        depth: int = DEPTH,
        timed: Timed = lambda _: nullcontext(),
    ) -> Ranked:
        """Rank passages for one question, by all legs and the reranker if there is one."""
        query, weighing, legs = query_of(question, vector), weighing_of(opened.generation), self.sources(opened)
        recalled = NOTHING
        if self.memory is not None and question.memory:
            with timed("memory"):
                recalled = self.memory.recall(query, question.asker.name, opened.encoder, weighing.background.mean)
        if recalled.scores:
            legs = {**legs, MEMORY.name: FunctionSource(lambda _: recalled.scores)}
        (ranked,) = rank([query], legs, weighing, self.reranking, most=[recalled.most], depth=depth, timed=timed)
        return replace(ranked, confirmed=recalled.by)

    @contextmanager
    def held(self) -> Generator["Searcher"]:
        """Lend a searcher that stays on what is live now, for an answer that rests on several searches."""
        with self.live.current() as opened:
            searcher = copy(self)
            searcher.live = PinnedIndex(self.workspace, opened)
            yield searcher

    def warm(self) -> None:
        """Load encoder and index before the first question needs them."""
        with self._ready():
            pass

    def close(self) -> None:
        """Let go of index, encoder and reranker."""
        self.live.close()
        if self.reranking is not None:
            self.reranking.close()

    @contextmanager
    def _ready(self) -> Generator[OpenIndex]:
        if self.reranking is not None:
            self.reranking.ready()
        with self.live.current() as opened:
            yield opened

    def _readable(self, query: Query, ids: Sequence[str]) -> set[str]:
        readers = self.library.readers(ids)
        return {name for name, groups in readers.items() if not groups.isdisjoint(query.filter.groups)}

    def _texts(self, ids: Sequence[str]) -> Mapping[str, str]:
        return {name: text_of(placed) for name, placed in self.library.place(ids).items()}

    def _search(
        self, question: Question, vector: NDArray[np.float32], opened: OpenIndex, clock: Clock, began: float
    ) -> SearchResult:
        layout = self._layout(question)
        ranked = self.rank(question, vector, opened, max(DEPTH, 4 * layout.hits), clock.time)
        with clock.time("page"):
            entries, altered = self._page(_pairs(ranked.order), question.asker, layout)
        if question.within:
            with clock.time("within"):
                entries = self._with_more(entries, question, vector, opened)
        stages = {stage: _pairs(hits) for stage, hits in ranked.stages.items()}
        hits = hits_of(entries, stages, ranked.confirmed)
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
            notices=(*opened.notices, *ranked.notices, *_altered_notices(altered)),
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

    def _with_more(
        self, entries: Sequence[Entry], question: Question, vector: NDArray[np.float32], opened: OpenIndex
    ) -> Sequence[Entry]:
        """Add what else the best documents hold, wherever its score puts it; one call asks all of them."""
        best = list(dict.fromkeys(entry.placed.document.id for entry in entries))[: question.within]
        whole = query_of(question, vector)
        each = [replace(whole, filter=replace(whole.filter, documents=frozenset({document}))) for document in best]
        layout = Layout(hits=WITHIN, per_document=WITHIN)
        ranked = rank(each, self.sources(opened), weighing_of(opened.generation), depth=2 * WITHIN)
        found = [entry for item in ranked for entry in self._page(_pairs(item.order), question.asker, layout)[0]]
        shown = {entry.placed.passage.id for entry in entries}
        more = [entry for entry in found if entry.placed.passage.id not in shown]
        return sorted((*entries, *more), key=lambda entry: -entry.score)

    def _share(self, question: Question) -> float:
        """Return the share of pages like this one that are shuffled: none where nothing can be learned from it."""
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
            return replace(result, notices=(*result.notices, f"This search wasn't logged. {error.message}"))
        return result


def _altered_notices(paths: frozenset[str]) -> tuple[str, ...]:
    if not paths:
        return ()
    named = ", ".join(sorted(paths))
    return (f"Something in {named} was changed in the library, so it isn't shown. → hone verify",)


def checked(question: Question) -> None:
    """Refuse a question that can't be searched for."""
    if not question.text.strip():
        raise UsageError("The question is empty.", hint='Ask something: hone search "how do I reset my password"')
    if len(question.text) > LONGEST_QUERY:
        raise UsageError(
            f"The question has {len(question.text):,} characters; the limit is {LONGEST_QUERY:,}.",
            hint="Use only the sentence that matters.",
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


def query_of(question: Question, vector: NDArray[np.float32] | None) -> Query:
    """Ask a question as its legs are asked it."""
    allowed = point_filter(question.asker, question.filters)
    return Query(text=question.text, vector=vector, words=analyse_query(question.text), filter=allowed)


def background_of(opened: OpenIndex) -> Background:
    """Take what a cosine in this generation is measured against."""
    return weighing_of(opened.generation).background


def _pairs(hits: Sequence[LegHit]) -> Order:
    return tuple((hit.id, hit.score) for hit in hits)
