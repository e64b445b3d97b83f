"""What a person asked one after the other, and which of it was the same question in other words."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from training.evidence.traces import Traces
from training.pairs.questions import key_of, overlap, words_of

SOON = timedelta(minutes=5)  # in which a question is still being put in other words
SITTING = timedelta(minutes=30)  # after which whoever comes back has begun something else
SHARED = 1 / 3  # of both wordings' content words: "reset vpn password" and "change vpn token password" are one question


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing that a person wanted to know: an ask with its searches, or a plain search."""

    id: str  # the ask's, or the search's
    person: str
    question: str  # as it was typed, by which wordings are compared
    query: str  # as it can be searched for by itself
    at: datetime
    is_ask: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What came after a turn."""

    turn: Turn
    reworded: bool  # the same question in other words
    unrelated: bool  # something else, in the same sitting


def turns_of(traces: Traces) -> Sequence[Sequence[Turn]]:
    """Give everybody's turns, oldest first; nobody in particular has none, since they may be many."""
    found: dict[str, list[Turn]] = defaultdict(list)
    for asked in traces.asks.values():
        began = [traces.searches[part.search].at for part in asked.parts if part.search in traces.searches]
        at = min([asked.at, *began])  # an ask is logged when it ends
        turn = Turn(id=asked.id, person=asked.person, question=asked.typed, query=asked.question, at=at, is_ask=True)
        found[asked.person].append(turn)
    for seen in traces.searches.values():
        if seen.id not in traces.answered:
            turn = Turn(id=seen.id, person=seen.person, question=seen.query, query=seen.query, at=seen.at, is_ask=False)
            found[seen.person].append(turn)
    found.pop("", None)
    return [sorted(turns, key=lambda turn: (turn.at, turn.id)) for turns in found.values()]


def follow(traces: Traces, turns: Iterable[Sequence[Turn]]) -> Mapping[str, Next]:
    """Tell what came next in the same sitting, by turn."""
    said = {
        act.ask or traces.answered.get(act.search, act.search): key_of(act.text)
        for act in traces.acts
        if act.action == "reformulate"
    }
    return {
        one.id: next_
        for persons in turns
        for one, other in pairwise(persons)
        if (next_ := _next(one, other, said)) is not None
    }


def chain_of(turn: Turn, following: Mapping[str, Next]) -> Iterator[Turn]:
    """Go through the later wordings of a question."""
    after = following.get(turn.id)
    while after is not None and after.reworded:
        yield after.turn
        after = following.get(after.turn.id)


def _next(one: Turn, other: Turn, said: Mapping[str, str]) -> Next | None:
    passed = other.at - one.at
    told = one.id in said and said[one.id] in ("", key_of(other.question))
    if passed > SITTING and not told:
        return None
    if key_of(one.question) == key_of(other.question):  # a retry: the chain goes on behind it
        return Next(turn=other, reworded=passed <= SOON, unrelated=False)
    common = overlap(words_of(one.question), words_of(other.question))
    return Next(turn=other, reworded=told or (passed <= SOON and common >= SHARED), unrelated=not told and common == 0)
