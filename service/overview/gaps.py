"""Searches without a good answer in the last weeks, as topics."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from hone.workspace import Workspace
from retriever.searching.live import OpenIndex
from retriever.searching.searcher import Searcher
from service.overview.misses import Missed, misses_of, read_recent
from service.overview.topics import WEAK, Likeness, Topic, Vectors, topics_of

SPAN = timedelta(days=28)
AT_ONCE = 16  # questions encoded in one go: somebody's search waits behind them for some 50 ms at most
REMEMBERED = 5_000  # vectors kept from one look to the next; at 384 dimensions that is 8 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """What went without a good answer."""

    topics: tuple[Topic, ...]
    asked: int  # all questions in that time
    missed: int  # of these, went wrong as people said or the answer itself did
    left: int  # plain searches after which nothing was opened: maybe nothing was found, maybe the list said it all
    people: int  # who asked any
    since: datetime


class QuestionVectors:
    """Remembers the vectors of questions, so that a page which is opened again need not encode them again."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, texts: Sequence[str], opened: OpenIndex) -> Vectors:
        """Encode each text with the live encoder."""
        model = opened.encoder.card.hash
        with self._lock:
            lacking = [text for text in dict.fromkeys(texts) if (model, text) not in self._known]
        fresh: dict[str, Vectors] = {}
        for start in range(0, len(lacking), AT_ONCE):
            part = lacking[start : start + AT_ONCE]
            fresh.update(zip(part, opened.encoder.encode_queries(part), strict=True))
        with self._lock:
            self._known.update(((model, text), vector) for text, vector in fresh.items())
            found = np.stack([self._known[model, text] for text in texts])
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found


def gaps_of(
    workspace: Workspace, searcher: Searcher, vectors: QuestionVectors, *, names: bool, now: datetime | None = None
) -> Gaps:
    """Find what people of late asked without getting a good answer, grouped by what it is about."""
    now = now or datetime.now(UTC)
    since = now - SPAN
    asked = read_recent(workspace.log_database, since, now)
    wrong = [
        Missed(person=one.person, question=one.question, at=one.at, misses=misses)
        for one in asked
        if (misses := misses_of(one, now))
    ]
    topics: list[Topic] = []
    if wrong:
        with searcher.live.current() as opened:
            likeness = Likeness(mean=opened.generation.cosine_mean, deviation=opened.generation.cosine_deviation)
            topics = topics_of(wrong, lambda texts: vectors.of(texts, opened), likeness, (since, now), names=names)
    return Gaps(
        topics=tuple(topics),
        asked=len(asked),
        missed=sum(not WEAK.issuperset(item.misses) for item in wrong),
        left=sum(WEAK.issuperset(item.misses) for item in wrong),
        people=len({item.person for item in asked}),
        since=since,
    )
