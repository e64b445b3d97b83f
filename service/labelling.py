"""Results that admins grade, which shows how far the automatic grader can be trusted."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from eval.rating.judge import DEPTH, Heard, JudgedResult, JudgeIdentity, Rater, passage_key
from eval.rating.judges import open_rater
from eval.rating.labels import Item, Walk, begin_walk, resume_walk
from eval.rating.pages import logged_pages
from eval.rating.people import NEEDED, PeopleCheck, check_against_people
from eval.rating.rate import Rating, rate_pages
from eval.rating.store import RatingStore
from hone.errors import UsageError
from hone.progress import Progress
from hone.records import Asker
from retriever.searching.hits import hit_of
from retriever.searching.searcher import Searcher

SEARCHES = 200  # the newest, that results are drawn from; as `hone evaluate label` has it


@dataclass(frozen=True, slots=True, kw_only=True)
class LabellingStatus:
    """How well the automatic grader agrees with people so far."""

    judge: JudgeIdentity
    labels: int  # of what it has graded, once there are enough of any
    check: PeopleCheck | None  # none before that: it reads every search


class Labelling:
    """Draws results, keeps labels, and compares them with the judge's grades."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher, self._workspace = searcher, searcher.workspace
        self._store = RatingStore(searcher.workspace.home)
        self._drawing = threading.Lock()  # two admins who begin at once get the same results

    def resume(self, asker: Asker) -> Walk | None:
        """Take up the newest walk, if somebody may read anything in it that is still to be labelled."""
        return resume_walk(self._workspace, self._store, asker.name, asker)

    def begin(self, asker: Asker, count: int, progress: Progress) -> Walk:
        """Draw results for labelling; where the judge costs nothing, what it has not graded yet is graded first."""
        with self._drawing:
            if found := self.resume(asker):
                return found
            judge = open_rater(self._searcher)
            if judge.identity.kind == "llm":
                judge = _Remembered(judge)
            rating = self._rating(judge, progress)
            if not rating.pages:
                raise UsageError(
                    "Nobody has searched yet.",
                    hint="You grade results that searches have shown, so search for something first.",
                )
            return begin_walk(self._workspace, self._store, rating, count, asker.name, asker)

    def may_show(self, item: Item, asker: Asker) -> bool:
        """Check that somebody may still read a result, and that its text is the one that was drawn."""
        placed = self._searcher.library.place([item.hit.passage]).get(item.hit.passage)
        return (
            placed is not None
            and asker.may_read(placed.document.groups)
            and passage_key(hit_of(placed, 1)) == item.keys[1]
        )

    def status(self) -> LabellingStatus:
        """Compare the grades there are with the labels there are; nothing is graded for it."""
        judge = _Remembered(open_rater(self._searcher))
        labels = len({(label.query, label.passage) for label in self._store.labels()})
        check = check_against_people(self._rating(judge), self._store) if labels >= NEEDED else None
        return LabellingStatus(judge=judge.identity, labels=check.labels if check else labels, check=check)

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def _rating(self, judge: Rater, progress: Progress | None = None) -> Rating:
        pages = logged_pages(self._workspace, limit=SEARCHES)
        return rate_pages(pages, judge, self._store, depth=DEPTH, progress=progress)


class _Remembered:
    """A rater that stands by what it said and says nothing new: nobody who opens a page pays for grades."""

    def __init__(self, rater: Rater) -> None:
        self._rater = rater

    @property
    def identity(self) -> JudgeIdentity:
        return self._rater.identity

    @property
    def agreement(self) -> tuple[str, ...]:
        return self._rater.agreement

    def grade(self, pairs: Sequence[JudgedResult], heard: Heard) -> None:
        """Leave new pairs without a grade."""
