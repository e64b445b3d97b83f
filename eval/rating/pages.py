"""What is graded: pages of results as searches showed them, with their texts as the library has them now."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from eval.data.questions import drawn, read_questions
from eval.rating.judge import DEPTH
from eval.records import EvalQuestion
from eval.runs import Plain
from eval.statistics import SEED
from hone.errors import UsageError
from hone.log.rows import LoggedSearch
from hone.records import Asker, Hit
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.library.rows import Placed
from retriever.searching.hits import hit_of
from retriever.searching.searcher import Question, Searcher

AT_ONCE = 64  # questions encoded together


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One search's results in order; none where a result's text can no longer be had."""

    id: str  # the search's, or the question's
    query: str
    asker: Asker  # groups as of the search; the name is left out
    results: tuple[Hit | None, ...]


def logged_pages(
    workspace: Workspace, *, since: datetime | None = None, limit: int | None = 200, depth: int = DEPTH
) -> list[Page]:
    """Return the newest searches that people typed as pages.

    A text is left out that has gone from the library, or that those who searched may no longer read.
    """
    searches = workspace.log.searches(limit=limit, since=since)
    ids = list(dict.fromkeys(name for search in searches for name in search.shown[:depth]))
    placed = Library(workspace.database).place(ids)
    return [_page(search, placed, depth) for search in searches]


def live_pages(searcher: Searcher, questions: Sequence[EvalQuestion], *, depth: int = DEPTH) -> Iterator[Page]:
    """Ask the live search these questions as their askers; nothing is logged."""
    for start in range(0, len(questions), AT_ONCE):
        part = questions[start : start + AT_ONCE]
        asked = [Question(text=item.text, asker=item.asker, hits=depth) for item in part]
        for item, result in zip(part, searcher.search_all(asked), strict=True):
            yield Page(id=item.id, query=item.text, asker=Asker(groups=item.asker.groups), results=result.hits)


def _page(search: LoggedSearch, placed: dict[str, Placed], depth: int) -> Page:
    asker = Asker(groups=search.groups)
    found = ((rank, placed.get(name)) for rank, name in enumerate(search.shown[:depth], 1))
    results = tuple(
        hit_of(item, rank) if item is not None and asker.may_read(item.document.groups) else None
        for rank, item in found
    )
    return Page(id=search.search_id, query=search.query, asker=asker, results=results)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenPages:
    """Pages to grade, and out of how many they were chosen."""

    pages: tuple[Page, ...]
    of: int
    how: str  # they were chosen
    questions: Plain  # what names them in a run's settings
    told: bool = False  # a report may hold their words: what people asked stays in the log, to be forgotten there

    @property
    def left_out(self) -> int:
        return self.of - len(self.pages)

    def __str__(self) -> str:
        return f"{len(self.pages):,} of {self.of:,} searches, {self.how}; {self.left_out:,} left out (--limit)"


def from_log(searcher: Searcher, *, since: datetime | None = None, limit: int, depth: int) -> ChosenPages:
    """Take the newest searches that people typed, as the log has them."""
    log = searcher.workspace.log
    pages = tuple(logged_pages(searcher.workspace, since=since, limit=limit, depth=depth))
    if not pages:
        raise UsageError(
            "The log has no searches to grade" + (f" since {since:%Y-%m-%d}." if since else "."),
            hint="Use --questions FILE, or import a log: hone searches import",
        )
    of = len(pages) if len(pages) < limit else log.count_typed(since)
    names = "\n".join(page.id for page in pages)
    questions: Plain = {
        "name": "log",
        "origin": "log",
        "fingerprint": hashlib.sha256(names.encode()).hexdigest(),
        "count": len(pages),
        "of": of,
        "since": since,
        "limit": limit,
    }
    return ChosenPages(pages=pages, of=of, how="the newest", questions=questions)


def from_file(searcher: Searcher, file: Path, *, limit: int, depth: int) -> ChosenPages:
    """Ask the live search the questions of a file, or a sample of them that is the same every time."""
    found = read_questions(searcher.workspace, file)
    taken = drawn(found, limit)
    questions: Plain = {**taken.settings(), "of": len(found.questions), "seed": SEED, "limit": limit}
    pages = tuple(live_pages(searcher, taken.questions, depth=depth))
    return ChosenPages(
        pages=pages, of=len(found.questions), how=f"at random with seed {SEED}", questions=questions, told=True
    )
