"""What people asked and did next: the one place that defines used, reformulated and left."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal, Protocol

from hone.log.rows import GRADES
from hone.log.traces import Act, AskTrace, SearchTrace, Traces

SOON = timedelta(minutes=5)  # in which a question is still being put in other words
SITTING = timedelta(minutes=30)  # after which a returning person is doing something else
SHARED = 1 / 3  # of both wordings' content words: "reset vpn password" and "change vpn token password" are one question

ContentWords = Callable[[str], frozenset[str]]  # what a question is about, as the search by words reads it
# To the question before: the same words soon after, other words for the same, something else on the subject, or not.
Relation = Literal["retry", "reformulation", "related", "unrelated"]
USES = frozenset(action for action, grade in GRADES.items() if grade)  # what shows that something was of use
SETTLED = timedelta(minutes=10)  # after a question; until then the person may still use what it showed


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
    `said` holds the wordings that people themselves called new ones, by question; an empty one means the next question.
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
    confirmed = said is not None and key_of(said) in ("", key)
    if passed > SITTING and not confirmed:
        return None
    if key_of(one.question) == key:
        return FollowUp(id=other.id, relation="retry" if passed <= SOON else "related")
    common = overlap(content_words(one.question), content_words(other.question))
    if confirmed or (passed <= SOON and common >= SHARED):
        return FollowUp(id=other.id, relation="reformulation")
    return FollowUp(id=other.id, relation="related" if common else "unrelated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """A question that a person put to the assistant or to the search, what it showed, and what they did next."""

    id: str  # the ask's, or the search's
    person: str  # empty: unknown
    question: str  # as it was typed
    query: str  # as a question that makes sense on its own
    at: datetime  # when it was asked
    is_ask: bool = False
    verdict: str = ""  # of an answer
    stopped: bool = False  # by the person who asked: that says nothing about how good the answer would have been
    searched: bool = True  # a greeting is answered without
    shown: bool  # there were results or an answer
    groups: frozenset[str] = frozenset()
    model: str = ""
    generation: str = ""
    llm: str = ""
    acts: tuple[Act, ...] = ()  # of the person who asked, oldest first
    follow_up: FollowUp | None = None  # what they asked next in the same sitting
    reformulated: bool = False  # put in other words soon after, or said to have been

    @property
    def actions(self) -> frozenset[str]:
        """Name what was done."""
        return frozenset(act.action for act in self.acts)

    @property
    def used_after(self) -> float | None:
        """Count the seconds until something that was shown was first used; none where nothing was."""
        uses = [act.at for act in self.acts if act.action in USES and act.shown]
        return max((min(uses) - self.at).total_seconds(), 0.0) if uses else None

    @property
    def used(self) -> bool:
        """Check whether something that was shown was opened, copied, clicked or praised."""
        return self.used_after is not None

    @property
    def refused(self) -> bool:
        """Check whether a thumb went down."""
        return "thumb_down" in self.actions

    @property
    def answered(self) -> bool:
        """Check whether a whole answer was written, which may be all the person wanted.

        A best match is none: like a page of results, it went well where somebody used it, and was left otherwise.
        """
        return self.verdict == "sufficient"

    @property
    def found_nothing(self) -> bool:
        """Check whether nothing was there to show, or nothing in it answered the question."""
        return self.searched and not self.stopped and (not self.shown or self.verdict == "insufficient")

    @property
    def left(self) -> bool:
        """Check whether it was left: something was shown that was no whole answer, and nothing came of it.

        Nobody used it, said anything about it, stopped it or put the question in other words. Before `SETTLED` has
        passed, somebody may still do so.
        """
        silent = not self.acts and not self.reformulated and not self.stopped
        return silent and self.shown and not self.found_nothing and not self.answered

    @property
    def good(self) -> bool:
        """Check whether what people did says that it went well: used, not refused and not put in other words."""
        return self.used and not self.refused and not self.reformulated


def interactions_of(traces: Traces, content_words: ContentWords) -> list[Interaction]:
    """Put together what people asked, oldest first: asks, and searches that they typed and no ask made."""
    acts = defaultdict[str, list[Act]](list)
    for act in traces.acts:
        acts[traces.owner(act)].append(act)
    typed = (one for one in traces.searches.values() if one.typed and one.id not in traces.answered)
    asked = [
        *(_of_ask(ask, traces, acts[ask.id]) for ask in traces.asks.values()),
        *(_of_search(search, acts[search.id]) for search in typed),
    ]
    return _related(sorted(asked, key=lambda one: (one.at, one.id)), content_words)


def later_wordings(interaction: Interaction, asked: Mapping[str, Interaction]) -> Iterator[Interaction]:
    """Go through the later wordings of a question, retries included."""
    after = interaction.follow_up
    while after is not None and after.relation in ("retry", "reformulation"):
        yield asked[after.id]
        after = asked[after.id].follow_up


def _of_ask(ask: AskTrace, traces: Traces, acts: Sequence[Act]) -> Interaction:
    searches = [traces.searches[part.search] for part in ask.parts if part.search in traces.searches]
    return Interaction(
        id=ask.id,
        person=ask.person,
        question=ask.typed,
        query=ask.question,
        at=min([ask.at, *(search.at for search in searches)]),  # an ask is logged when it ends
        is_ask=True,
        verdict=ask.verdict,
        stopped=ask.stopped,
        searched=bool(ask.parts),
        shown=bool(ask.given),
        groups=searches[0].groups if searches else frozenset(),
        model=ask.model,
        generation=ask.generation,
        llm=ask.llm,
        acts=_own(ask.person, acts),
    )


def _of_search(search: SearchTrace, acts: Sequence[Act]) -> Interaction:
    return Interaction(
        id=search.id,
        person=search.person,
        question=search.query,
        query=search.query,
        at=search.at,
        shown=bool(search.shown),
        groups=search.groups,
        model=search.model,
        generation=search.generation,
        acts=_own(search.person, acts),
    )


def _own(person: str, acts: Sequence[Act]) -> tuple[Act, ...]:
    """Leave out what others did; systems that log a person with the search often leave it out of events."""
    return tuple(act for act in acts if act.person in ("", person) or not person)


def _related(asked: Sequence[Interaction], content_words: ContentWords) -> list[Interaction]:
    """Say of each question what the same person asked next; without a name it may be many people."""
    people = defaultdict[str, list[Interaction]](list)
    said = {one.id: act.text for one in asked for act in one.acts if act.action == "reformulate"}
    for one in asked:
        people[one.person].append(one)
    people.pop("", None)
    following, again = dict[str, FollowUp](), set[str]()
    for theirs in people.values():
        found = follow_ups(theirs, said, content_words)
        following.update(found)
        again |= reformulated(found, theirs)
    return [
        replace(one, follow_up=following.get(one.id), reformulated=one.id in again or "reformulate" in one.actions)
        for one in asked
    ]
