"""Questions that were put in other words soon after: the first wording did not find what was wanted."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

SOON = timedelta(minutes=3)
ALIKE = 0.5  # share of both questions' words that both have: more than two questions on one topic have in common
_WORD = re.compile(r"\w+")


class Wording(Protocol):
    """A question as somebody put it at some moment."""

    @property
    def person(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def question(self) -> str: ...


def reworded(wordings: Sequence[Wording]) -> frozenset[int]:
    """Tell which of these, oldest first, were put in other words by the same person soon after."""
    last: dict[str, int] = {}
    found: set[int] = set()
    for place, wording in enumerate(wordings):
        before = last.get(wording.person) if wording.person else None
        if before is not None and _other_words(wordings[before], wording):
            found.add(before)
        last[wording.person] = place
    return frozenset(found)


def _other_words(one: Wording, other: Wording) -> bool:
    """The same words again are a retry, not a rewording."""
    if other.at - one.at > SOON:
        return False
    first, second = _words(one.question), _words(other.question)
    return first != second and len(first & second) >= ALIKE * max(1, len(first | second))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))
