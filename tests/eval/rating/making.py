"""Hits, raters and choosers that tests can write in one line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from eval.rating.judge import Heard, JudgedResult, JudgeIdentity, Outcome
from eval.rating.pages import ChosenPages, Page
from hone.records import Asker, Hit


def hit(text: str, *, rank: int = 1, title: str = "Title", document: str = "wiki/a.md") -> Hit:
    """Make a hit whose passage id is its text."""
    return Hit(
        rank=rank,
        document=document,
        passage=text,
        title=title,
        heading=(),
        text=text,
        start=0,
        end=len(text),
        page=None,
        source="wiki",
        path="a.md",
        kind="md",
        url="",
        modified=datetime(2026, 5, 1, tzinfo=UTC),
        score=0.0,
        channels={},
    )


def pair(query: str, text: str) -> JudgedResult:
    """Make a pair."""
    return JudgedResult(query=query, hit=hit(text), asker=Asker())


def page(name: str, query: str, *texts: str | None) -> Page:
    """Make a page of texts; none is a result that is gone."""
    results = tuple(None if text is None else hit(text, rank=rank) for rank, text in enumerate(texts, 1))
    return Page(id=name, query=query, asker=Asker(), results=results)


def chosen(*pages: Page, of: int | None = None, told: bool = False) -> ChosenPages:
    """Choose pages out of so many."""
    total = len(pages) if of is None else of
    questions = {"name": "log", "origin": "log", "fingerprint": "f", "count": len(pages), "of": total}
    return ChosenPages(pages=pages, of=total, how="the newest", questions=questions, told=told)


@dataclass(slots=True, kw_only=True)
class GradesBy:
    """A rater that grades by a function, and counts what it is asked."""

    of: Callable[[JudgedResult], Outcome]
    name: str = "by function"
    asked: list[JudgedResult] = field(default_factory=list[JudgedResult])
    agreement: tuple[str, ...] = ("it is a test",)

    @property
    def identity(self) -> JudgeIdentity:
        return JudgeIdentity(kind="signals", model=self.name, version="1")

    def grade(self, pairs: Sequence[JudgedResult], heard: Heard) -> None:
        for item in pairs:
            self.asked.append(item)
            heard(item, self.of(item))
