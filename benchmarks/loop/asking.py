"""Who asks what, and when: questions dealt out to people, over working days and sittings."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp

from benchmarks.loop.habits import Habits
from benchmarks.loop.known import Wanted

SATURDAY = 5
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One search that somebody is about to make."""

    id: str
    person: str
    wanted: Wanted
    text: str
    at: datetime
    pushing: str = ""  # the document that an attacker is after; empty for whoever wants to know
    wording: int = 0  # how often the question was put before


def deal(asked: Sequence[Wanted], habits: Habits, start: datetime) -> list[Turn]:
    """Return every question to some people, and every person their days; in the order of time."""
    drawn = random.Random(f"deal {habits.seed} {start:%Y-%m-%d}")
    days = [start + timedelta(days=day) for day in range(habits.days)]
    days = [day for day in days if day.weekday() < SATURDAY]
    shares = [drawn.lognormvariate(0, habits.activity) for _ in range(habits.people)]
    due: dict[tuple[int, int], list[Wanted]] = defaultdict(list)
    for wanted in asked:
        for person in _several(shares, max(1, _poisson(habits.askers, drawn)), drawn):
            due[person, drawn.randrange(len(days))].append(wanted)
    turns = [turn for (person, day), items in sorted(due.items()) for turn in _day(person, days[day], items, habits)]
    return sorted(turns, key=lambda turn: (turn.at, turn.id))


def name_of(person: int) -> str:
    """Name a person as the log does."""
    return f"p{person:03d}"


def _day(person: int, day: datetime, items: Sequence[Wanted], habits: Habits) -> Iterator[Turn]:
    """Spread a person's questions over a day: some follow each other at once, others come later."""
    drawn = random.Random(f"day {habits.seed} {person} {day:%Y-%m-%d}")
    at = day + 8 * HOUR + drawn.random() * 3 * HOUR
    for wanted in items:
        name = f"{name_of(person)}-{at:%Y%m%d}-{wanted.id}"
        yield Turn(id=name, person=name_of(person), wanted=wanted, text=wanted.text, at=at)
        soon = drawn.random() < habits.sitting
        at += drawn.uniform(4, 10) * MINUTE if soon else drawn.uniform(40, 150) * MINUTE


def _several(shares: Sequence[float], wanted: int, drawn: random.Random) -> list[int]:
    found = dict.fromkeys(drawn.choices(range(len(shares)), weights=shares, k=wanted))
    while len(found) < min(wanted, len(shares)):
        found[drawn.choices(range(len(shares)), weights=shares)[0]] = None
    return list(found)


def _poisson(mean: float, drawn: random.Random) -> int:
    """Draw by Knuth's product of uniforms, which is short for small means."""
    count, product = 0, drawn.random()
    while product > exp(-mean):
        count, product = count + 1, product * drawn.random()
    return count
