"""Content gaps: what went without a good answer in the last weeks, as topics."""

import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hone.database import Database
from hone.log.interactions import SETTLED, Interaction, interactions_of
from hone.log.traces import read_traces
from hone.workspace import Workspace
from retriever.ranking.words import content_words
from retriever.searching.live import OpenIndex
from retriever.searching.searcher import Searcher

Miss = Literal["no_answer", "partial", "conflicting", "nothing_found", "thumb_down", "reworded", "left"]

NEWEST = 10_000  # questions of each kind that are looked at; with 100,000 searches in the log that takes a second
VERDICTS: Mapping[str, Miss] = {"insufficient": "no_answer", "partial": "partial", "conflicting": "conflicting"}
Vectors = NDArray[np.float32]
WEEK = timedelta(days=7)
GROUPED = 600  # different questions that are grouped, the newest: encoding them takes two seconds, grouping 30 ms
# Two questions belong together this many deviations above the cosine of two random passages. Of 60 pairs of
# paraphrases on ten topics among 150 questions of the sample, 2.5 brings 35 together, 1.5 brings 46, and 4 brings 21;
# wrongly put to them are 1, 5 and 1 (MiniLM, whose cosine it is there: 0.48).
TOGETHER = 2.5
WEAK: frozenset[Miss] = frozenset({"left"})  # says little by itself: the answer may have stood in the list
SPAN = timedelta(days=28)
AT_ONCE = 16  # questions encoded in one go: somebody's search waits behind them for some 50 ms at most
REMEMBERED = 5_000  # vectors kept from one look to the next; at 384 dimensions that is 8 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A question that went wrong, and how."""

    person: str
    question: str
    at: datetime
    misses: frozenset[Miss]


def read_recent(database: Database, since: datetime, now: datetime) -> list[Interaction]:
    """Read what was asked since a moment, oldest first."""
    return interactions_of(read_traces(database, since=since, until=now, newest=NEWEST), content_words)


def misses_of(asked: Interaction, now: datetime) -> frozenset[Miss]:
    """Name what is known to have gone wrong with a question; nothing, if nothing is."""
    found: tuple[tuple[Miss, bool], ...] = (
        ("nothing_found", asked.found_nothing and not asked.is_ask),  # an ask has a verdict
        ("thumb_down", asked.refused),
        ("reworded", asked.reformulated),
        ("left", asked.left and now - asked.at > SETTLED),
    )
    misses = set[Miss](miss for miss, happened in found if happened)
    if asked.verdict in VERDICTS and not asked.stopped:
        misses.add(VERDICTS[asked.verdict])
    return frozenset(misses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What a cosine is measured against: that of two random passages of the live generation."""

    mean: float
    deviation: float

    @property
    def together(self) -> float:
        """The cosine from which on two questions are about one thing."""
        return min(0.9, self.mean + TOGETHER * self.deviation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Questions about one thing that went without a good answer."""

    label: str  # the most typical of them
    questions: tuple[tuple[str, int], ...]  # each wording with how often it was asked, most often first
    asked: int
    people: int
    misses: Mapping[Miss, int]
    last: datetime | None  # None: only one person asked, and when is nobody's business
    weeks: tuple[int, ...]  # how often in each week, oldest first; empty like `last`
    names: tuple[str, ...] = ()  # only where the settings let admins see them


def topics_of(
    missed: Sequence[Missed],
    encode: Callable[[Sequence[str]], Vectors],
    likeness: Likeness,
    span: tuple[datetime, datetime],
    *,
    names: bool = False,
) -> list[Topic]:
    """Group questions that went wrong, the topic that most people missed first."""
    wordings = defaultdict[str, list[Missed]](list)
    for asked in sorted(missed, key=lambda item: item.at, reverse=True):
        wordings[_folded(asked.question)].append(asked)
    texts = list(wordings)[:GROUPED]
    if not texts:
        return []
    vectors = encode([wordings[text][0].question for text in texts])
    topics = [
        _topic([wordings[texts[place]] for place in group], vectors[group], span, names=names)
        for group in grouped(vectors, likeness.together)
    ]
    strong = [topic for topic in topics if topic.people > 1 or not WEAK.issuperset(topic.misses)]
    return sorted(strong, key=lambda topic: (-topic.people, -topic.asked, topic.label))


def grouped(vectors: Vectors, together: float) -> list[list[int]]:
    """Merge what is closest, by the mean cosine between groups, until no two groups are close enough."""
    sums = vectors.astype(np.float64)
    sizes = np.ones(len(sums))
    members = [[place] for place in range(len(sums))]
    closeness = sums @ sums.T  # the cosines' sum between two groups; divided by both sizes it is their mean
    np.fill_diagonal(closeness, -np.inf)
    means = closeness.copy()
    while len(sums) > 1:
        one, other = np.unravel_index(int(np.argmax(means)), means.shape)
        if means[one, other] < together:
            break
        kept, gone = sorted((int(one), int(other)))
        members[kept] += members[gone]
        members[gone] = []
        closeness[kept] += closeness[gone]
        closeness[:, kept] = closeness[kept]
        sizes[kept] += sizes[gone]
        closeness[kept, kept] = -np.inf
        closeness[gone], closeness[:, gone] = -np.inf, -np.inf
        means[kept] = closeness[kept] / (sizes[kept] * sizes)
        means[:, kept] = means[kept]
        means[gone], means[:, gone] = -np.inf, -np.inf
    return [sorted(group) for group in members if group]


def _topic(
    group: Sequence[Sequence[Missed]], vectors: Vectors, span: tuple[datetime, datetime], *, names: bool
) -> Topic:
    everything = [asked for wording in group for asked in wording]
    misses: Mapping[Miss, int] = Counter(miss for asked in everything for miss in asked.misses)
    typical = group[int(np.argmax(vectors @ vectors.mean(axis=0)))][0]
    people = {asked.person for asked in everything}
    shown = names or len(people) > 1
    return Topic(
        label=typical.question,
        questions=tuple(
            sorted(((wording[0].question, len(wording)) for wording in group), key=lambda found: -found[1])
        ),
        asked=len(everything),
        people=len(people),
        misses=misses,
        last=max(asked.at for asked in everything) if shown else None,
        weeks=_weeks(everything, span) if shown else (),
        names=tuple(sorted(people - {""})) if names else (),
    )


def _weeks(everything: Sequence[Missed], span: tuple[datetime, datetime]) -> tuple[int, ...]:
    since, until = span
    counts = [0] * max(1, -(-(until - since) // WEEK))
    for asked in everything:
        counts[min(len(counts) - 1, max(0, (asked.at - since) // WEEK))] += 1
    return tuple(counts)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip("?!. ")


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
