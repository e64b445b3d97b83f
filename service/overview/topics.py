"""Content gaps: questions that went without a good answer, grouped by what they are about."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from service.overview.misses import Miss, Missed

Vectors = NDArray[np.float32]

WEEK = timedelta(days=7)
GROUPED = 600  # different questions that are grouped, the newest: encoding them takes two seconds, grouping 30 ms
# Two questions belong together this many deviations above the cosine of two random passages. Of 60 pairs of
# paraphrases on ten topics among 150 questions of the sample, 2.5 brings 35 together, 1.5 brings 46, and 4 brings 21;
# wrongly put to them are 1, 5 and 1 (MiniLM, whose cosine it is there: 0.48).
TOGETHER = 2.5
WEAK: frozenset[Miss] = frozenset({"left"})  # says little by itself: the answer may have stood in the list


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
