"""Programs that ask faster than they may: until they may again, they are told so before anything is looked up.

Whoever sends hundreds of requests a second would otherwise take the processor from others by being refused alone.
"""

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from service.refusals import TooManyError

REMEMBERED = 1000  # tokens; one that is forgotten is refused as before, only later on its way


class Waits:
    """Until when each token has to wait; it holds hashes of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: OrderedDict[bytes, tuple[float, TooManyError]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, token: str, error: TooManyError) -> None:
        """Note that a token was refused, and for how long."""
        with self._lock:
            self._until[_hash(token)] = (self._clock() + error.retry_after, error)
            if len(self._until) > REMEMBERED:
                self._until.popitem(last=False)

    def of(self, token: str) -> TooManyError | None:
        """Tell what a token is to be told, while it has to wait."""
        if not self._until:
            return None
        key = _hash(token)
        with self._lock:
            until, error = self._until.get(key, (0.0, None))
            left = until - self._clock()
            if error is None or left > 0:
                return error and TooManyError(
                    error.message, hint=f"Try again in {math.ceil(left)} s.", retry_after=left
                )
            del self._until[key]
        return None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
