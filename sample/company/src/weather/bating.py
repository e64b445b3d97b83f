"""Bating: keep an alarm that flaps on and off from waking people again and again.

An alarm flips when it begins or ends. Once it has flipped `flips` times within
`within`, it is latched: it counts as on until `latch_for` has gone by since the
last flip, and only one message leaves for all of it. Decision of the alarm cadge,
11 June 2026; the figures themselves live in alarm-rules.yaml.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum


class Verdict(Enum):
    SEND = "send"  # tell people
    HOLD = "hold"  # latched, they know already
    QUIET = "quiet"  # nothing changed


@dataclass(frozen=True, slots=True, kw_only=True)
class BateLimit:
    flips: int = 3
    within: timedelta = timedelta(minutes=20)
    latch_for: timedelta = timedelta(minutes=30)


@dataclass(slots=True, kw_only=True)
class AlarmState:
    """What weather remembers between two evaluations of one rule on one shipment."""

    on: bool = False
    flips: deque[datetime] = field(default_factory=deque)
    latched_until: datetime | None = None
    acknowledged: bool = False


def is_latched(state: AlarmState, now: datetime) -> bool:
    return state.latched_until is not None and now < state.latched_until


def judge(state: AlarmState, *, out_of_range: bool, now: datetime, limit: BateLimit) -> Verdict:
    """Take in one evaluation and say whether wake should send something.

    `now` is the logger's time, not the server's: a batch that was three hours in
    a tunnel must bate in the past, where it happened.
    """
    if out_of_range == state.on:
        return Verdict.QUIET
    state.on = out_of_range
    _remember_flip(state, now, limit)
    if is_latched(state, now):
        # Every further flip prolongs the latch; a door that bangs all night is one message.
        state.latched_until = now + limit.latch_for
        return Verdict.HOLD
    if len(state.flips) >= limit.flips:
        state.latched_until = now + limit.latch_for
        state.acknowledged = False
    return Verdict.SEND


def _remember_flip(state: AlarmState, now: datetime, limit: BateLimit) -> None:
    state.flips.append(now)
    while state.flips and now - state.flips[0] > limit.within:
        state.flips.popleft()


def release(state: AlarmState, now: datetime) -> bool:
    """End a latch whose time is over; True if the customer may be shown "resolved".

    Never resolved without a person: an unacknowledged latched alarm stays visible
    even when the temperature has long been fine (pellet TH-25-04, the freezer in Vigo).
    """
    if state.latched_until is None or now < state.latched_until:
        return False
    if not state.acknowledged:
        return False
    state.latched_until = None
    state.flips.clear()
    return not state.on


def flips_per_hour(states: Iterable[AlarmState], now: datetime) -> int:
    """The figure behind the page "bating rate above 40/h"."""
    hour_ago = now - timedelta(hours=1)
    return sum(1 for state in states for flip in state.flips if flip > hour_ago)
