"""From the library's passages to a set of questions: made, sent through the live search, and told apart.

Every line of the run is one candidate with its fate, written as soon as it is known; the file comes last.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np

from agents.llm.client import Llm
from eval.llm_batch import Pace
from eval.question_generation.duplicates import DuplicateFinder, kept_in, write_made
from eval.question_generation.llm import Made, made_by_llm, maker_of
from eval.question_generation.records import MadeLine, Outcome, QuestionCandidate, made_report, summary_of
from eval.question_generation.rules import VERSION, made_by_rules
from eval.reports.writing import finish
from eval.runs import EvalRun, Plain, begin, read_scores
from hone.errors import UsageError
from hone.progress import Progress
from hone.records import Asker, Hit
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.indexing.keeping import require_live
from retriever.library.library import Library
from retriever.library.rows import Placed
from retriever.searching.page import near_identical
from retriever.searching.searcher import Question, Searcher

KIND = "questions"
AT_ONCE = 32  # passages between two commits, which is what a kill can lose
AT_ONCE_LLM = 8  # likewise, where each costs a call
MOST_OF_DOCUMENT = 6  # questions of its tables; a long one would fill the whole set


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionsJob:
    """What is wanted."""

    count: int
    file: Path
    asker: Asker | None = None  # who asks everything; none: for each passage somebody who may read it
    sources: frozenset[str] = frozenset()
    llm: Llm | None = None
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """Where the passage stood on the page, and what else there says the same."""

    rank: int | None
    twins: tuple[Hit, ...] = ()


def make_questions(workspace: Workspace, order: QuestionsJob, progress: Progress) -> EvalRun:
    """Make questions until there are enough or no passage is left; goes on where the same was interrupted."""
    before = kept_in(order.file)
    _require_sources(workspace, order.sources)
    with begin(workspace.home, KIND, _settings(workspace, order)) as run:
        done = read_scores(run, MadeLine)
        searcher = open_searcher(workspace)
        try:
            making = _Making(workspace=workspace, order=order, searcher=searcher)
            making.remember([(line.id, line.question) for line in before])
            making.remember([(line.id, line.text) for line in done if line.outcome == "kept"])
            making.count(done)
            making.of_document.update(line.document for line in done if line.outcome == "kept" and line.kind == "table")
            progress.stage("making questions", order.count)
            progress.advance(min(making.kept, order.count))
            for lines in making.go_on({line.passage for line in done}):
                run.append(line.model_dump_json() for line in lines)
                progress.advance(sum(line.outcome == "kept" for line in lines))
        finally:
            searcher.close()
        lines = read_scores(run, MadeLine)
        added = write_made(order.file, before, lines)
        report = made_report(lines, str(order.file), added, len(before))
        summary = summary_of(lines) | {"file": str(order.file), "added": added, "there_before": len(before)}
        finish(run, {"headline": f"{added:,} new questions", **summary}, report)
    return run


@dataclass(slots=True, kw_only=True)
class _Making:
    """One making under way: what has been asked, and how much of each document."""

    workspace: Workspace
    order: QuestionsJob
    searcher: Searcher
    asked: DuplicateFinder = field(default_factory=DuplicateFinder)
    kept: int = 0
    of_document: Counter[str] = field(default_factory=Counter[str])

    def remember(self, questions: Sequence[tuple[str, str]]) -> None:
        """Take questions for asked that the set has already."""
        if questions:
            names, texts = zip(*questions, strict=True)
            self.asked.add_all(names, texts, self._vectors(texts))

    def count(self, lines: Sequence[MadeLine]) -> None:
        """Count what is kept."""
        kept = [line for line in lines if line.outcome == "kept"]
        self.kept += len(kept)

    def go_on(self, done: set[str]) -> Iterator[list[MadeLine]]:
        """Go through the passages that are left, a batch at a time."""
        passages = (item for item in self._passages() if item.passage.id not in done)
        while self.kept < self.order.count:
            batch = list(islice(passages, AT_ONCE_LLM if self.order.llm else AT_ONCE))
            if not batch:
                return
            lines = [line for item, made in self._made(batch) for line in self._judged(item, made)]
            self.count(lines)
            yield lines

    def _passages(self) -> Iterator[Placed]:
        """Return passages in an order that is random and the same each time: ids are hashes."""
        library = Library(self.workspace.database)
        _, total = library.count()
        for item in library.sample(total):
            readable = self.order.asker is None or self.order.asker.may_read(item.document.groups)
            if readable and (not self.order.sources or item.document.source in self.order.sources):
                yield item

    def _made(self, batch: Sequence[Placed]) -> list[tuple[Placed, list[Made]]]:
        if self.order.llm is None:
            opens = _first_below(self.searcher.library)
            return [(item, list[Made](made_by_rules(item, opens=opens(item)))) for item in batch]
        found: list[tuple[Placed, list[Made]]] = []
        made_by_llm(batch, self.order.llm, lambda item, made: found.append((item, [made])), self.order.pace)
        return found

    def _judged(self, item: Placed, made: Sequence[Made]) -> Iterator[MadeLine]:
        asker = self.order.asker or somebody(self.workspace, item)
        candidates = [one for one in made if not isinstance(one, str)]
        if not candidates or asker is None:
            why = next((one for one in made if isinstance(one, str)), "")
            outcome: Outcome = "unreadable" if candidates else "not usable" if why else "nothing to ask"
            yield self._line(item, outcome, why=why, text=candidates[0].text if candidates else "")
            return
        vectors = self._vectors([one.text for one in candidates])
        trips = list(round_trips(self.searcher, [(one, asker) for one in candidates]))
        for one, vector, trip in zip(candidates, vectors, trips, strict=True):
            yield self._told(one, asker, vector, trip)

    def _told(self, one: QuestionCandidate, asker: Asker, vector: np.ndarray, trip: RoundTrip) -> MadeLine:
        name = f"made-{hashlib.sha256(f'{one.text} {one.gold.passage.id}'.encode()).hexdigest()[:10]}"
        repeated = self.asked.find(one.text, vector)
        outcome: Outcome = "kept"
        if trip.rank is None:
            outcome = "not found again"
        elif repeated:
            outcome = "asked before"
        elif one.kind == "table" and self.of_document[one.gold.document.id] >= MOST_OF_DOCUMENT:
            outcome = "enough of its document"
        if outcome == "kept":
            self.asked.add(name, one.text, vector)
            self.of_document[one.gold.document.id] += one.kind == "table"
        return self._line(one.gold, outcome, text=one.text).model_copy(
            update={
                "id": name,
                "kind": one.kind,
                "asker": asker.name,
                "quote": one.quote,
                "answer": one.answer,
                "rank": trip.rank,
                "twins": {hit.passage: hit.document for hit in trip.twins},
                "same_as": repeated,
            }
        )

    def _line(self, item: Placed, outcome: Outcome, *, text: str = "", why: str = "") -> MadeLine:
        return MadeLine(
            id=item.passage.id,
            text=text,
            scores={},
            outcome=outcome,
            why=why,
            made_by=_maker(self.order),
            passage=item.passage.id,
            document=item.document.id,
            source=item.document.source,
        )

    def _vectors(self, texts: Sequence[str]) -> np.ndarray:
        with self.searcher.live.current() as opened:
            return opened.encoder.encode_queries(texts)


def somebody(workspace: Workspace, item: Placed) -> Asker | None:
    """Find who may read a passage and little else; nobody in particular where everyone may."""
    if Asker().may_read(item.document.groups):
        return Asker()
    people = workspace.settings.people
    able = [name for name in people if Asker(groups=people[name].groups).may_read(item.document.groups)]
    chosen = min(able, key=lambda name: (len(people[name].groups), name), default=None)
    return None if chosen is None else Asker(name=chosen, groups=people[chosen].groups)


def _first_below(library: Library) -> Callable[[Placed], bool]:
    """Find the passages that are the first below their heading: the answer to it is most likely there."""

    @lru_cache(maxsize=256)
    def headings(document: str) -> tuple[tuple[str, ...], ...]:
        return tuple(passage.heading for passage in library.passages(document))

    def first(item: Placed) -> bool:
        place = item.passage.ordinal
        every = headings(item.document.id)
        return place == 0 or place >= len(every) or every[place - 1] != item.passage.heading

    return first


def _require_sources(workspace: Workspace, wanted: frozenset[str]) -> None:
    there = Library(workspace.database).sources()
    if unknown := sorted(wanted - there):
        raise UsageError(
            f"Unknown source {unknown[0]!r}.", hint=f"Name one of {', '.join(sorted(there)) or 'none yet'}."
        )


def _maker(order: QuestionsJob) -> str:
    return maker_of(order.llm) if order.llm else VERSION


def _settings(workspace: Workspace, order: QuestionsJob) -> Plain:
    live = require_live(workspace)
    return {
        "questions": "made from documents",
        "file": str(order.file.absolute()),
        "count": order.count,
        "asker": order.asker.name if order.asker else "whoever may read",
        "sources": sorted(order.sources),
        "made_by": _maker(order),
        "generation": live.id,
        "model": live.model.card.hash,
        "library_revision": Library(workspace.database).revision(),
        "page": workspace.settings.search.hits,
    }


def round_trips(searcher: Searcher, asked: Sequence[tuple[QuestionCandidate, Asker]]) -> Iterator[RoundTrip]:
    """Search as people do, without logging it."""
    questions = [Question(text=item.text, asker=asker) for item, asker in asked]
    for (item, _), result in zip(asked, searcher.search_all(questions), strict=True):
        own = item.gold.passage
        back = [hit for hit in result.hits if hit.passage == own.id or near_identical(hit.text, own.text)]
        yield RoundTrip(rank=back[0].rank if back else None, twins=tuple(hit for hit in back if hit.passage != own.id))
