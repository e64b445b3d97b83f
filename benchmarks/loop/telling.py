"""Progress on standard error, with how long it still takes."""

import sys
import time

EVERY = 10.0  # seconds between two lines of one stage


class Telling:
    """Writes a line when a stage begins, and now and then while it lasts."""

    def __init__(self) -> None:
        self._name, self._total, self._done = "", 0, 0
        self._began = self._told = time.monotonic()

    def stage(self, name: str, total: int | None) -> None:
        """Begin a stage."""
        self._name, self._total, self._done = name, total or 0, 0
        self._began = self._told = time.monotonic()
        self.say(f"{name}{f', {total:,}' if total else ''}")

    def advance(self, steps: int) -> None:
        """Go on, and say so if nothing was said for a while."""
        self._done += steps
        now = time.monotonic()
        if now - self._told < EVERY or not self._done:
            return
        self._told = now
        left = (now - self._began) / self._done * max(0, self._total - self._done)
        known = f" of {self._total:,}, {left:.0f} s left" if self._total else ""
        self.say(f"  {self._name}: {self._done:,}{known}")

    def say(self, line: str) -> None:
        """Write a line with the time."""
        print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)
