"""The measures of use, over a whole time, by week and by group, with nobody singled out; and what changed meanwhile."""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from eval.statistics import LEVEL, NOTHING, Floats, Interval, cluster_sums, student
from hone.log.interactions import Interaction
from hone.records import EVERYONE
from hone.registry import Move

What = Literal["model", "corpus", "index", "llm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change, and when it took effect."""

    at: datetime
    what: What
    told: str


def changes_of(moves: Sequence[Move], asked: Sequence[Interaction], since: datetime) -> list[Change]:
    """List what changed, oldest first: by the pointer's moves, and by the log where those are forgotten."""
    found = [*_moved(moves), *_seen(moves, asked), *_written(asked)]
    return sorted((item for item in found if item.at >= since), key=lambda item: item.at)


def _moved(moves: Sequence[Move]) -> list[Change]:
    found, before = list[Change](), None
    for move in moves:
        now, at = move.generation, datetime.fromtimestamp(move.at, UTC)
        if before is None:
            told, what = f"{now.id} with {now.model.id} ({move.why})", "index"
        elif before.model.id != now.model.id:
            told, what = f"{before.model.id} → {now.model.id} in {now.id} ({move.why})", "model"
        elif before.library_revision != now.library_revision:
            told, what = (
                f"library {before.library_revision} → {now.library_revision} in {now.id} ({move.why})",
                "corpus",
            )
        else:
            told, what = f"{before.id} → {now.id} ({move.why})", "index"
        found.append(Change(at=at, what=what, told=told))
        before = now
    return found


def _seen(moves: Sequence[Move], asked: Sequence[Interaction]) -> list[Change]:
    """List generations that were pruned since, by the first question that each of them answered."""
    known, found = {move.generation.id for move in moves}, list[Change]()
    met, before = {item.generation for item in asked[:1]}, ""  # the first was there before; when it came is not known
    for item in asked:
        if item.generation and item.generation not in met | known:
            changed = bool(before) and before != item.model
            told = f"{before} → {item.model} in {item.generation}" if changed else f"{item.generation} first answered"
            found.append(Change(at=item.at, what="model" if changed else "index", told=told))
        met.add(item.generation)
        before = item.model or before
    return found


def _written(asked: Sequence[Interaction]) -> list[Change]:
    """List when another LLM began to write."""
    found, before = list[Change](), None
    for item in asked:
        if item.llm and before is not None and item.llm != before:
            found.append(Change(at=item.at, what="llm", told=f"{before} → {item.llm}"))
        before = item.llm or before
    return found


Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


def rate(happened: ArrayLike, people: Sequence[Hashable]) -> Interval:
    """Compute a share with Wilson's interval, for as many independent questions as those of these people are worth.

    Unlike the bootstrap it says something of a rate of nought or one as well.
    """
    values = np.asarray(happened, dtype=np.float64)
    if not len(values):
        return NOTHING
    share = float(values.mean())
    return _wilson(share, _worth(values, share, people))


def median(values: ArrayLike, people: Sequence[Hashable]) -> Interval:
    """Compute a median with the interval that the share of values below it has (Woodruff's)."""
    rows = np.asarray(values, dtype=np.float64)
    if not len(rows):
        return NOTHING
    middle = float(np.median(rows))
    below = (rows <= middle).astype(np.float64)
    ends = _wilson(0.5, _worth(below, float(below.mean()), people))
    low, high = np.quantile(rows, [ends.low, ends.high])
    return Interval(mean=middle, low=float(low), high=float(high))


def _worth(values: Floats, share: float, people: Sequence[Hashable]) -> float:
    """Estimate how many independent questions these are worth: their number over the design effect."""
    sums, sizes = cluster_sums(values, people)
    count, clusters = len(values), len(sizes)
    alone = count**2 / float((sizes**2).sum())  # how many people they are worth, the busy ones no more than the others
    if not 0 < share < 1 or clusters < 2:
        return alone  # nothing differs, so that nothing tells how alike one person's questions are
    spread = float(((sums - share * sizes) ** 2).sum()) * clusters / (clusters - 1) / count**2
    effect = spread / (share * (1 - share) / count)
    # What few people say of their spread is unsure itself, which Student's t allows for.
    freedom = max(round(alone) - 1, 1)
    return count / (max(effect, 1.0) * (max(student((1 + LEVEL) / 2, freedom), Z) / Z) ** 2)


def _wilson(share: float, count: float) -> Interval:
    centre = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    reach = Z * math.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2)) / (1 + Z**2 / count)
    return Interval(mean=share, low=max(0.0, centre - reach), high=min(1.0, centre + reach))


FEWEST = 5  # people; figures of fewer would be figures of somebody
REST = "smaller groups"
SOON = timedelta(hours=1)  # a use beyond it is another visit, and its time says nothing of the search


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The measures over some questions; docs/evaluation.md defines them."""

    name: str
    since: datetime | None  # of a week
    people: int  # those who have no name count once a question
    questions: int
    good: Interval
    abandoned: Interval
    reworded: Interval
    nothing: Interval
    seconds: Interval  # until something was used, where it was used within the hour
    used: int  # questions that stands on
    silent: int  # whole answers that nobody said or did anything about


class JoinedRow(Row):
    """The same of several weeks or groups together, each of which has too few people."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How the search did in some weeks."""

    since: datetime
    until: datetime
    all: Row
    weeks: tuple[Row, ...]
    groups: tuple[Row, ...]
    changes: tuple[Change, ...]
    fresh: int
    imported: int


def total(asked: Sequence[Interaction]) -> Row:
    """Sum everything up."""
    return _row("all", asked, None)


def by_week(asked: Sequence[Interaction], since: datetime, weeks: int) -> list[Row]:
    """Sum up by week; weeks of too few people go together with the ones after, or before."""
    parts = defaultdict[int, list[Interaction]](list)
    for item in asked:
        parts[min((item.at - since) // timedelta(weeks=1), weeks - 1)].append(item)
    spans, open_ = list[tuple[int, int, list[Interaction]]](), list[Interaction]()
    first = 0
    for week in range(weeks):
        open_ += parts[week]
        if _people(open_) >= FEWEST or (not open_ and not parts[week]):
            spans.append((first, week, open_))
            first, open_ = week + 1, []
    if open_:  # too few at the end
        while spans and 0 < _people(open_) < FEWEST:
            start, _, inside = spans.pop()
            first, open_ = start, [*inside, *open_]
        spans.append((first, weeks - 1, open_))
    return [_week(since, first, last, inside) for first, last, inside in spans]


def by_group(asked: Sequence[Interaction]) -> list[Row]:
    """Sum up by group, the largest first; too small ones go together, with larger ones if need be."""
    members = defaultdict[str, list[Interaction]](list)
    for item in asked:
        for name in teams(item.groups):
            members[name].append(item)
    ordered = sorted(members, key=lambda name: (_people(members[name]), name))
    small = [name for name in ordered if _people(members[name]) < FEWEST]
    rest = _together(members[name] for name in small)
    for name in ordered[len(small) :]:
        if not rest or _people(rest) >= FEWEST:
            break
        small.append(name)  # otherwise what is left out could be told by taking the others away
        rest = _together([rest, members[name]])
    shown = [name for name in reversed(ordered) if name not in small]
    rows = [_row(name, members[name], None) for name in shown]
    if rest and (shown or _people(rest) >= FEWEST):
        rows.append(_row(f"{REST} ({len(small)})", rest, None, JoinedRow))
    return rows


def _together(parts: Iterable[Sequence[Interaction]]) -> list[Interaction]:
    found: dict[str, Interaction] = {}
    for part in parts:
        found.update((item.id, item) for item in part)
    return list(found.values())


def _people(asked: Sequence[Interaction]) -> int:
    return len({_whose(item) for item in asked})


def _whose(item: Interaction) -> str:
    """Name whom a question belongs with when people are drawn: nobody in particular is a stranger each time."""
    return item.person or f"?{item.id}"


def teams(groups: frozenset[str]) -> frozenset[str]:
    """Leave the groups that tell people apart; those who are in none are in the one that everyone is in."""
    return (groups - {EVERYONE}) or frozenset({EVERYONE})


def _row(name: str, asked: Sequence[Interaction], since: datetime | None, kind: type[Row] = Row) -> Row:
    whose = [_whose(item) for item in asked]
    soon = SOON.total_seconds()
    timed = [(after, _whose(item)) for item in asked if (after := item.used_after) is not None and after <= soon]
    return kind(
        name=name,
        since=since,
        people=len(set(whose)),
        questions=len(asked),
        good=rate([item.good for item in asked], whose),
        abandoned=rate([item.left for item in asked], whose),
        reworded=rate([item.reformulated for item in asked], whose),
        nothing=rate([item.found_nothing for item in asked], whose),
        seconds=median([after for after, _ in timed], [person for _, person in timed]),
        used=len(timed),
        silent=sum(item.answered and not item.used and not item.refused for item in asked),
    )


def _week(since: datetime, first: int, last: int, asked: Sequence[Interaction]) -> Row:
    start, end = since + timedelta(weeks=first), since + timedelta(weeks=last + 1) - timedelta(days=1)
    if first == last:
        return _row(f"{start:%Y-%m-%d}", asked, start)
    return _row(f"{start:%Y-%m-%d} to {end:%Y-%m-%d}", asked, start, JoinedRow)
