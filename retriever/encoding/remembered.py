"""Vectors that were made before, in memory: what is looked at often is encoded once."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from retriever.encoding.encoder import Vectors
from retriever.encoding.vectorcache import hash_text


class Remembered:
    """Vectors of one encoder by their texts' hashes; of more than `most`, the longest unused goes first."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._known: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def look_up(self, texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """Look up each text's vector, and encode those that are not known; two threads may both encode one."""
        if not texts:
            return encode(texts)
        keys = [hash_text(text) for text in texts]
        found = self._recall(keys)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            made = dict(zip(new, encode(list(new.values())), strict=True))
            self._keep(made)
            found |= made
        return np.stack([found[key] for key in keys])

    def _recall(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
            for key in found:
                self._known.move_to_end(key)
        return found

    def _keep(self, made: dict[bytes, NDArray[np.float32]]) -> None:
        with self._lock:
            # As copies: a row of a batch would hold on to all of the batch.
            self._known.update((key, vector.copy()) for key, vector in made.items())
            while self._most is not None and len(self._known) > self._most:
                self._known.popitem(last=False)
