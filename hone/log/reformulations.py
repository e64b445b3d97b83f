"""What a person asked one thing after the other, and which of it was the same question in other words."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal, Protocol

SOON = timedelta(minutes=5)  # in which a question is still being put in other words
SITTING = timedelta(minutes=30)  # after which a returning person is doing something else
SHARED = 1 / 3  # of both wordings' content words: "reset vpn password" and "change vpn token password" are one question

ContentWords = Callable[[str], frozenset[str]]  # what a question is about, as the search by words reads it
# To the question before: the same words soon after, other words for the same, something else on the subject, or not.
Relation = Literal["retry", "reformulation", "related", "unrelated"]


class Wording(Protocol):
    """A question of a person at a moment."""

    @property
    def id(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What the same person asked next in the same sitting."""

    id: str
    relation: Relation


@lru_cache(maxsize=1 << 17)
def key_of(question: str) -> str:
    """Return what two spellings of one question have in common: width, case and spacing aside, the same words."""
    return " ".join(unicodedata.normalize("NFKC", question).casefold().split()).strip(" ?!.")


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of both sets' words that both have; two empty sets share nothing."""
    return len(one & other) / max(1, len(one | other))


def follow_ups(
    wordings: Sequence[Wording], said: Mapping[str, str], content_words: ContentWords
) -> Mapping[str, FollowUp]:
    """Relate each question of one person, oldest first, to the one before it.

    A question is reformulated where the next one, within five minutes, shares a third of both wordings' content words.
    `said` holds the new wordings that people themselves called such, by question; an empty one is whatever came next.
    """
    related = ((one.id, _follow_up(one, other, said.get(one.id), content_words)) for one, other in pairwise(wordings))
    return {id_: found for id_, found in related if found is not None}


def reformulated(following: Mapping[str, FollowUp], wordings: Sequence[Wording]) -> frozenset[str]:
    """Name the questions that were put in other words: after a retry, it counts for the first try as well."""
    found: set[str] = set()
    for wording in reversed(wordings):
        after = following.get(wording.id)
        if after and (after.relation == "reformulation" or (after.relation == "retry" and after.id in found)):
            found.add(wording.id)
    return frozenset(found)


def _follow_up(one: Wording, other: Wording, said: str | None, content_words: ContentWords) -> FollowUp | None:
    passed, key = other.at - one.at, key_of(other.question)
    told = said is not None and key_of(said) in ("", key)
    if passed > SITTING and not told:
        return None
    if key_of(one.question) == key:
        return FollowUp(id=other.id, relation="retry" if passed <= SOON else "related")
    common = overlap(content_words(one.question), content_words(other.question))
    if told or (passed <= SOON and common >= SHARED):
        return FollowUp(id=other.id, relation="reformulation")
    return FollowUp(id=other.id, relation="related" if common else "unrelated")
