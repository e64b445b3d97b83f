"""What is graded: pages of results as searches showed them, with their texts as the library has them now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from eval.rating.grades import DEPTH
from eval.records import EvalQuestion
from hone.log.rows import LoggedSearch
from hone.records import Asker, Hit
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.library.rows import Placed
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


def hit_of(item: Placed, rank: int) -> Hit:
    """Make a hit of a passage, without the scores it was found by."""
    passage, document = item.passage, item.document
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
        score=0.0,
        channels={},
    )


def _page(search: LoggedSearch, placed: dict[str, Placed], depth: int) -> Page:
    asker = Asker(groups=search.groups)
    found = ((rank, placed.get(name)) for rank, name in enumerate(search.shown[:depth], 1))
    results = tuple(
        hit_of(item, rank) if item is not None and asker.may_read(item.document.groups) else None
        for rank, item in found
    )
    return Page(id=search.search_id, query=search.query, asker=asker, results=results)
