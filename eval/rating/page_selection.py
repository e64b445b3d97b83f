"""Which pages are graded: the newest of the log, or what the live search shows for the questions of a file."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from eval.data.questions import drawn, read_questions
from eval.rating.pages import Page, live_pages, logged_pages
from eval.runs import Plain
from eval.statistics import SEED
from hone.errors import UsageError
from retriever.searching.searcher import Searcher


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
