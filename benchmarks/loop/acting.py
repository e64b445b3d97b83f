"""What people do with a page of hits: look down it with position bias, click, go on, or put it otherwise."""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.loop.asking import SECOND, Turn
from benchmarks.loop.habits import Habits
from hone.log.rows import Action, Event
from hone.records import Hit

MOST_WORDINGS = 2  # after the first; then people ask a colleague
NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "hone:loop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """What became of one search."""

    events: tuple[Event, ...] = ()
    again: Turn | None = None  # the same question in other words
    right: int = 0  # clicks
    wrong: int = 0


def search_id(turn: Turn, seed: int) -> str:
    """Name a turn's search, the same in every run."""
    return str(uuid.uuid5(NAMES, f"{seed} {turn.id} {turn.wording}"))


def act(turn: Turn, hits: Sequence[Hit], habits: Habits) -> Deeds:
    """Let whoever asked look at their hits; the same turn and hits end the same way."""
    drawn = random.Random(f"act {habits.seed} {turn.id} {turn.wording}")
    if turn.pushing:
        return _push(turn, hits, habits)
    if turn.wording == 0 and drawn.random() < habits.silent:
        return Deeds()
    looked = [hit for hit in hits if drawn.random() < hit.rank**-habits.look]
    right = next((hit for hit in looked if is_gold(hit, turn)), None)
    others = [hit for hit in looked if not is_gold(hit, turn)]
    if others and drawn.random() < (habits.lost if right is None else habits.wrong):
        return Deeds(events=tuple(_wrongly(turn, drawn.choice(others), habits, drawn)), wrong=1)
    if right is not None:
        return Deeds(events=tuple(_rightly(turn, right, habits, drawn)), right=1)
    if turn.wording < MOST_WORDINGS and drawn.random() < habits.rewords:
        return Deeds(again=_reworded(turn, habits, drawn))
    return Deeds()


def is_gold(hit: Hit, turn: Turn) -> bool:
    """Check whether a hit is what was wanted, or says the same as it."""
    return not turn.wanted.gold.isdisjoint((hit.document, *hit.also_in))


def _rightly(turn: Turn, hit: Hit, habits: Habits, drawn: random.Random) -> Iterator[Event]:
    yield _event(turn, hit, "click", drawn.uniform(3, 20), habits)
    if drawn.random() < habits.opens:
        yield _event(turn, hit, "open", drawn.uniform(21, 40), habits)
    if drawn.random() < habits.copies:
        yield _event(turn, hit, "copy", drawn.uniform(41, 60), habits)
    if drawn.random() < habits.says:
        yield _event(turn, hit, "relevant", drawn.uniform(61, 90), habits)


def _wrongly(turn: Turn, hit: Hit, habits: Habits, drawn: random.Random) -> Iterator[Event]:
    yield _event(turn, hit, "click", drawn.uniform(3, 20), habits)
    if drawn.random() < habits.doubts:
        yield _event(turn, hit, "open", drawn.uniform(21, 40), habits)
    if drawn.random() < habits.errs:
        yield _event(turn, hit, "relevant", drawn.uniform(41, 60), habits)


def _push(turn: Turn, hits: Sequence[Hit], habits: Habits) -> Deeds:
    """Say of the pushed document all that a page lets one say."""
    drawn = random.Random(f"push {habits.seed} {turn.id}")
    hit = next((hit for hit in hits if hit.document == turn.pushing), None)
    if hit is None:
        return Deeds()
    deeds: tuple[Action, ...] = ("click", "open", "copy", "relevant")
    waits = sorted(drawn.uniform(3, 20) for _ in deeds)
    return Deeds(
        events=tuple(_event(turn, hit, deed, wait, habits) for deed, wait in zip(deeds, waits, strict=True)), wrong=1
    )


def _reworded(turn: Turn, habits: Habits, drawn: random.Random) -> Turn:
    """Take other people's words for it, or leave out one's own."""
    words = turn.text.split()
    siblings = [text for text in turn.wanted.siblings if text != turn.text]
    if siblings and (len(words) < 3 or drawn.random() < habits.sibling):
        text = drawn.choice(siblings)
    else:
        for _ in range(min(drawn.choice((1, 2)), max(0, len(words) - 2))):
            words.pop(drawn.randrange(len(words)))
        text = " ".join(words)
    return replace(turn, text=text, at=turn.at + drawn.uniform(20, 80) * SECOND, wording=turn.wording + 1)


def _event(turn: Turn, hit: Hit, action: Action, seconds: float, habits: Habits) -> Event:
    name = search_id(turn, habits.seed)
    return Event(
        action=action,
        search_id=name,
        person=turn.person,
        object_id=hit.passage,
        ordinal=hit.rank,
        timestamp=turn.at + seconds * SECOND,
        event_id=str(uuid.uuid5(NAMES, f"{name} {action} {hit.passage}")),
    )
