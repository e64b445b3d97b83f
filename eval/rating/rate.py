"""From pages of results to a rating: each pair graded once, what was graded before taken from the store."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.rating.fitted import GradeThresholds
from eval.rating.judge import DEPTH, Bounds, JudgedResult, JudgeIdentity, Outcome, Rater, Ungraded, bounds, pwas
from eval.rating.pages import Page
from eval.rating.store import Keys, RatingStore
from eval.statistics import Interval, bootstrap
from hone.progress import Progress, Silent
from hone.records import Hit

TELLING = 20  # results from which one grade for all of them is no chance
GONE = Ungraded(kind="gone", what="the text was deleted, or the people who searched can't access it any more")


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedPage:
    """A page with a grade for each of its results; none where there is none."""

    page: Page
    grades: tuple[int | None, ...]
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What a judge thinks of pages of results, and how much of them it could judge."""

    judge: JudgeIdentity
    agreement: tuple[str, ...]  # what is known of the judge
    depth: int
    pages: tuple[GradedPage, ...]
    ungraded: Mapping[str, int]  # results without a grade, by kind of reason
    reasons: Mapping[str, str]  # an example of each kind
    cached: int  # pairs whose grades were there from before
    asked: int  # pairs that were graded now, or should have been
    calibration: GradeThresholds | None = None  # of a rater without an LLM

    @property
    def scored(self) -> list[GradedPage]:
        """The pages that have a score; one with nothing on it scores zero and is among them."""
        return [page for page in self.pages if page.score is not None]

    @property
    def one_grade(self) -> int | None:
        """The grade, if the judge gave so many results no other; then it tells nothing apart, and the score nothing."""
        grades = [grade for page in self.pages for grade in page.grades if grade is not None]
        return grades[0] if len(grades) >= TELLING and len(set(grades)) == 1 else None

    @property
    def pwas(self) -> Interval:
        """The mean score; searches for the same question are drawn together."""
        scores = [page.score for page in self.scored]
        return bootstrap(np.array(scores, dtype=np.float64), clusters=[page.page.query for page in self.scored])

    @property
    def bounds(self) -> Bounds:
        """The mean score if everything ungraded were worthless, and if it were perfect."""
        found = [bounds(page.grades, self.depth) for page in self.pages]
        return Bounds(low=float(np.mean([one.low for one in found])), high=float(np.mean([one.high for one in found])))

    @property
    def shown(self) -> int:
        """Results that were shown."""
        return sum(len(page.grades) for page in self.pages)

    @property
    def judged(self) -> int:
        """Results that have a grade."""
        return sum(grade is not None for page in self.pages for grade in page.grades)

    @property
    def judged_share(self) -> float:
        """How much of what was shown has a grade."""
        return self.judged / self.shown if self.shown else 1.0

    @property
    def empty(self) -> int:
        """Searches that showed nothing."""
        return sum(not page.grades for page in self.pages)

    def worst(self, count: int = 10) -> list[GradedPage]:
        """Return the questions with the lowest scores, each once."""
        found: dict[str, GradedPage] = {}
        for page in sorted(self.scored, key=lambda page: page.score or 0.0):
            found.setdefault(page.page.query, page)
        return list(found.values())[:count]


def rate_pages(
    pages: Sequence[Page], rater: Rater, store: RatingStore, *, depth: int = DEPTH, progress: Progress | None = None
) -> Rating:
    """Grade every pair that has no grade of this judge yet, and score the pages; interrupted, it goes on from there."""
    progress = progress or Silent()
    pairs = pairs_of(pages, depth)
    known: dict[Keys, Outcome] = {**store.grades(rater.identity)}
    new = {keys: pair for keys, pair in pairs.items() if keys not in known}

    def heard(pair: JudgedResult, outcome: Outcome) -> None:
        if isinstance(outcome, int):
            store.keep_grade(rater.identity, pair, outcome)
        known[pair.keys] = outcome
        progress.advance(1)

    progress.stage("grading", len(new))
    if new:
        rater.grade(list(new.values()), heard)
    graded, failures = [_graded(page, known, depth) for page in pages], list(_failures(pages, known, depth))
    return Rating(
        judge=rater.identity,
        agreement=rater.agreement,
        depth=depth,
        pages=tuple(graded),
        ungraded=Counter(failure.kind for failure in failures),
        reasons={failure.kind: failure.what for failure in failures},
        cached=len(pairs) - len(new),
        asked=len(new),
    )


def pairs_of(pages: Sequence[Page], depth: int) -> dict[Keys, JudgedResult]:
    """Find every pair of a question and a result that was shown for it, each once."""
    found: dict[Keys, JudgedResult] = {}
    for page in pages:
        for hit in page.results[:depth]:
            if hit is not None:
                pair = JudgedResult(query=page.query, hit=hit, asker=page.asker)
                found.setdefault(pair.keys, pair)
    return found


def _graded(page: Page, known: Mapping[Keys, Outcome], depth: int) -> GradedPage:
    outcomes = [_outcome(page, hit, known) for hit in page.results[:depth]]
    grades = tuple(None if isinstance(outcome, Ungraded) else outcome for outcome in outcomes)
    return GradedPage(page=page, grades=grades, score=pwas(grades, depth))


def _failures(pages: Sequence[Page], known: Mapping[Keys, Outcome], depth: int) -> Iterator[Ungraded]:
    for page in pages:
        for hit in page.results[:depth]:
            outcome = _outcome(page, hit, known)
            if isinstance(outcome, Ungraded):
                yield outcome


def _outcome(page: Page, hit: Hit | None, known: Mapping[Keys, Outcome]) -> Outcome:
    if hit is None:
        return GONE
    pair = JudgedResult(query=page.query, hit=hit, asker=page.asker)
    return known.get(pair.keys, Ungraded(kind="not asked", what="the rating was interrupted"))
