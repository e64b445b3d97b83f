"""The walk through results that a person labels: which is next, what they said, how far they are; for any door."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agents.heuristics.facts import terms_of
from eval.rating.judge import HIGHEST, passage_key, query_key
from eval.rating.people import draw, pool_of
from eval.rating.rate import Rating
from eval.rating.store import Drawn, KeptWalk, Keys, RatingStore
from hone.errors import UsageError
from hone.log.confirmations import ConfirmationLog
from hone.records import Asker, Hit
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.ranking.words import analyse
from retriever.searching.hits import hit_of

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSpan:
    """A stretch of a text, by offsets."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One result to be labelled; neither the judge's grade nor who searched is in it."""

    keys: Keys
    search: str  # that showed it
    query: str
    hit: Hit
    grade: int | None  # what this person said of it before


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkProgress:
    """How far a walk is."""

    labelled: int
    total: int  # that can be shown
    lost: int  # drawn, but forgotten, changed, or not for this person's eyes


class Walk:
    """One person's way through a sample; every label is kept at once, so that it may be left and taken up again."""

    def __init__(
        self, store: RatingStore, confirmed: ConfirmationLog, items: Sequence[Item], person: str, lost: int
    ) -> None:
        self._store, self._confirmed = store, confirmed
        self._items = list(items)
        self._person = person
        self._lost = lost
        self._way = list[int]()  # places that were shown, in order: the way back
        self._skipped = set[int]()
        self._place = self._next()

    @property
    def item(self) -> Item | None:
        """The result to label now; none when all are labelled or skipped."""
        return None if self._place is None else self._items[self._place]

    @property
    def progress(self) -> WalkProgress:
        """How far the walk is."""
        labelled = _labelled(self._store)
        done = sum(item.keys in labelled for item in self._items)
        return WalkProgress(labelled=done, total=len(self._items), lost=self._lost)

    @property
    def passed(self) -> bool:
        """Whether there is a way back."""
        return bool(self._way)

    def label(self, grade: int) -> None:
        """Keep the grade of the present result, and go on to the next; the search's memory hears of it at once."""
        if not 0 <= grade <= HIGHEST:
            raise UsageError(f"{grade} isn't a grade.", hint=f"Grades go from 0 to {HIGHEST}.")
        if self._place is None:
            raise UsageError("Nothing is left to label.", hint="Go back to change a label.")
        item = self._items[self._place]
        self._store.keep_label(item.keys, self._person, grade)
        self._confirmed.keep_grade(item.search, item.hit.passage, item.hit.document, self._person, grade)
        self._items[self._place] = replace(item, grade=grade)
        self._go_on(self._place)

    def skip(self) -> None:
        """Leave the present result for another walk."""
        if self._place is not None:
            self._skipped.add(self._place)
            self._go_on(self._place)

    def back(self) -> None:
        """Show the result before again; its label stays until another is given."""
        if self._way:
            self._place = self._way.pop()
            self._skipped.discard(self._place)

    def withdraw(self) -> None:
        """Take this person's label of the present result back."""
        if self._place is not None:
            item = self._items[self._place]
            self._store.drop_label(item.keys, self._person)
            self._confirmed.drop_grade(item.search, item.hit.passage, self._person)
            self._items[self._place] = replace(item, grade=None)

    def _go_on(self, place: int) -> None:
        self._way.append(place)
        self._place = self._next()

    def _next(self) -> int | None:
        labelled = _labelled(self._store)  # others may be labelling the same sample
        open_places = (
            place for place, item in enumerate(self._items) if item.keys not in labelled and place not in self._skipped
        )
        return next(open_places, None)


def resume_walk(workspace: Workspace, store: RatingStore, person: str, reader: Asker | None = None) -> Walk | None:
    """Take up the newest walk, if something in it is still to be labelled.

    A reader sees only what they may read; without one everything is shown, which is for whoever holds the workspace.
    """
    kept = store.newest_walk()
    if kept is None:
        return None
    walk = _opened(workspace, store, kept, person, reader)
    return walk if walk.item is not None else None


def begin_walk(
    workspace: Workspace, store: RatingStore, rating: Rating, count: int, person: str, reader: Asker | None = None
) -> Walk:
    """Draw a new sample of what a judge has graded."""
    pool = pool_of(rating)
    if not pool:
        raise UsageError(
            "There are no graded results to label.", hint="Grade what searches have shown: hone evaluate rate"
        )
    before = store.newest_walk()
    items = draw(pool, count, seed=(before.id if before else 0) + 1)
    return _opened(workspace, store, store.keep_walk(rating.judge.key, items), person, reader)


def marked(query: str, text: str) -> list[LabelSpan]:
    """Find the question's words in a text, as the lexical leg reads both."""
    wanted = terms_of(query)
    return [
        LabelSpan(start=match.start(), end=match.end())
        for match in _WORD.finditer(text)
        if not wanted.isdisjoint(analyse(match.group()).split())
    ]


def _opened(workspace: Workspace, store: RatingStore, kept: KeptWalk, person: str, reader: Asker | None) -> Walk:
    items = list(_items(workspace, store, kept.items, person, reader))
    confirmed = ConfirmationLog(workspace.log_database)
    return Walk(store, confirmed, items, person, lost=len(kept.items) - len(items))


def _items(
    workspace: Workspace, store: RatingStore, drawn: Sequence[Drawn], person: str, reader: Asker | None
) -> Iterator[Item]:
    """Look the texts up; what was forgotten, changed, or is closed to the reader is left out."""
    placed = Library(workspace.database).place([item.passage for item in drawn])
    lacking = workspace.log.lacking(item.search for item in drawn)
    mine = {label.keys: label.grade for label in store.labels() if label.person == person}
    for item in drawn:
        found = placed.get(item.passage)
        if found is None or item.search in lacking or (reader and not reader.may_read(found.document.groups)):
            continue
        hit, query = hit_of(found, 1), workspace.log.search(item.search).search.query
        if (query_key(query), passage_key(hit)) == item.keys:
            yield Item(keys=item.keys, search=item.search, query=query, hit=hit, grade=mine.get(item.keys))


def _labelled(store: RatingStore) -> set[Keys]:
    return {label.keys for label in store.labels()}
