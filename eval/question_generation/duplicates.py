"""Whether a question has been asked before: in the same words, or nearly in the same sense."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Of MiniLM, "What is X?" and "What does X mean?" are .93 to .99 alike; "… of tiercel" and "… of falcon" stay below.
ALIKE = 0.95

_WORD = re.compile(r"\w+")
_COMMON = re.compile(r"(?:an?|the|is|are|was|were|do|does|did|i|we|you|my|our|of|to|in|for|on|at)\Z")


class DuplicateFinder:
    """Remembers questions, with a vector for each."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._words: dict[str, str] = {}
        self._vectors: list[NDArray[np.float32]] = []

    def find(self, text: str, vector: NDArray[np.float32]) -> str:
        """Name the question that this one repeats; empty where it is new."""
        if known := self._words.get(_normal(text)):
            return known
        if not self._vectors:
            return ""
        likeness = np.stack(self._vectors) @ vector
        nearest = int(likeness.argmax())
        return self._ids[nearest] if float(likeness[nearest]) >= ALIKE else ""

    def add(self, name: str, text: str, vector: NDArray[np.float32]) -> None:
        """Remember a question."""
        self._ids.append(name)
        self._words.setdefault(_normal(text), name)
        self._vectors.append(vector)

    def add_all(self, names: Sequence[str], texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Remember questions of before."""
        for name, text, vector in zip(names, texts, vectors, strict=True):
            self.add(name, text, vector)


def _normal(text: str) -> str:
    words = _WORD.findall(text.casefold())
    return " ".join([word for word in words if not _COMMON.match(word)] or words)
