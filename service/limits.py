"""How much one person may ask, and how much everybody together."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager

from hone.errors import TooManyError

REMEMBERED = 10_000  # people whose buckets are kept; who is forgotten has a full one again
PATIENCE = 2.0  # seconds after which somebody may try again when all places for answers are taken


class Rate:
    """A bucket for each person: this many requests a minute, a quarter of them at once."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._refill, self._size, self._clock = per_minute / 60.0, max(1.0, per_minute / 4.0), clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, person: str) -> None:
        """Take one request from a person's bucket, or say when there will be one."""
        with self._lock:
            now = self._clock()
            left, since = self._buckets.pop(person, (self._size, now))
            left = min(self._size, left + (now - since) * self._refill)
            self._buckets[person] = (max(0.0, left - 1.0) if left >= 1.0 else left, now)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        if left < 1.0:
            wait = (1.0 - left) / self._refill
            raise TooManyError(
                "You have sent too many requests.",
                hint=f"Try again in {math.ceil(wait)} s.",
                retry_after=wait,
            )


class Places:
    """The answers under way: limited in all, and for each person."""

    def __init__(self, everybody: int, one: int) -> None:
        self._everybody, self._one = everybody, one
        self._taken: dict[str, int] = {}
        self._lock = threading.Lock()

    @contextmanager
    def place(self, person: str) -> Generator[None]:
        """Hold a place while an answer is under way."""
        self.take(person)
        try:
            yield
        finally:
            self.give_back(person)

    def take(self, person: str) -> None:
        """Take a place, or say that all are taken."""
        with self._lock:
            own = self._taken.get(person, 0)
            if own >= self._one:
                raise TooManyError(
                    f"{own} of your questions are still being answered.",
                    hint="Wait for one of them to finish, or stop it.",
                    retry_after=PATIENCE,
                )
            if sum(self._taken.values()) >= self._everybody:
                raise TooManyError(
                    f"Hone is already answering {self._everybody} questions, the most it takes at once.",
                    hint="Try again in a moment. You can search while you wait.",
                    retry_after=PATIENCE,
                )
            self._taken[person] = own + 1

    def give_back(self, person: str) -> None:
        """Free a place."""
        with self._lock:
            left = self._taken.get(person, 0) - 1
            if left > 0:
                self._taken[person] = left
            else:
                self._taken.pop(person, None)
