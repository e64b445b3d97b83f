"""What can't be taken for what it says it is: impossible times, one's own documents, bursts, repetitions."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median_low

from training.evidence.filtering import FilteredEvidence, sieve
from training.evidence.rules import Setting
from training.pairs.questions import key_of
from training.records import STRENGTHS, Evidence

SLACK = timedelta(seconds=5)  # by which the clocks of two machines may differ
AHEAD = timedelta(hours=1)  # a time zone that was forgotten is more
FEWEST = 10  # hours with something in them; of fewer nobody can say what is usual
LATE = timedelta(days=1)  # after which a click on an old page says little of the question
OPTED_OUT, FUTURE, BEFORE = "the person opted out", "dated in the future", "dated before its search"
LATER, OWN, REPEATED = "long after its search", "the person's own document", "repeated by the same person"
PERSON_BURST, DOCUMENT_BURST = "quarantined: a burst by one person", "quarantined: a burst on one document"


def refuse_opted_out(evidence: Sequence[Evidence], setting: Setting) -> FilteredEvidence:
    """Drop what comes from people who opted out."""
    return sieve(evidence, lambda item: OPTED_OUT if item.person in setting.rules.opted_out else item)


def refuse_impossible_times(evidence: Sequence[Evidence], setting: Setting) -> FilteredEvidence:
    """Drop what is dated in the future or before its search, and silent acts long after it."""

    def judge(item: Evidence) -> Evidence | str:
        if max(item.when, item.asked) > setting.now + AHEAD:
            return FUTURE
        if item.when < item.asked - SLACK:
            return BEFORE
        if item.when > item.asked + LATE and STRENGTHS[item.kind].implicit:
            return LATER
        return item

    return sieve(evidence, judge)


def refuse_own_documents(evidence: Sequence[Evidence], setting: Setting) -> FilteredEvidence:
    """Drop what people say of documents they wrote, labels too: everybody likes their own."""
    authors = setting.rules.authors
    return sieve(evidence, lambda item: OWN if item.person and item.person in authors.get(item.document, ()) else item)


def quarantine_bursts(evidence: Sequence[Evidence], setting: Setting) -> FilteredEvidence:
    """Drop the hours in which a person did, or a document got, many times what is usual in this log.

    Acts are counted, not what follows from them; labels come in sittings of hundreds, and answers cite by themselves.
    """
    rules = setting.rules
    acts = [item for item in evidence if _is_act(item)]
    busy = _bursts(((item.person, _hour(item.when)), item.grounds) for item in acts)
    crowded = _bursts(((item.document, _hour(item.when)), item.grounds) for item in acts)
    person_limit = _limit(busy.values(), rules.person_hour, rules.burst)
    document_limit = _limit(crowded.values(), rules.document_hour, rules.burst)

    def judge(item: Evidence) -> Evidence | str:
        if item.kind == "label":
            return item
        if busy.get((item.person, _hour(item.when)), 0) > person_limit:
            return PERSON_BURST
        if crowded.get((item.document, _hour(item.when)), 0) > document_limit:
            return DOCUMENT_BURST
        return item

    return sieve(evidence, judge)


def refuse_repetitions(evidence: Sequence[Evidence], setting: Setting) -> FilteredEvidence:
    """Let a person say a thing once, the last time: whether they clicked again, or an event was replayed."""
    del setting
    last: dict[Hashable, Evidence] = {}
    for item in evidence:
        known = last.get(_saying(item))
        if known is None or (item.when, item.grounds) > (known.when, known.grounds):
            last[_saying(item)] = item
    return sieve(evidence, lambda item: item if last[_saying(item)] is item else REPEATED)


def _saying(item: Evidence) -> Hashable:
    return item.person, key_of(item.query), item.target, item.kind


def _is_act(item: Evidence) -> bool:
    return item.kind not in ("label", "cited", "accepted", "reworded")


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _bursts(found: Iterable[tuple[tuple[str, datetime], Sequence[str]]]) -> Mapping[tuple[str, datetime], int]:
    """Count different acts by hour: one act may speak of several passages."""
    acts: dict[tuple[str, datetime], set[str]] = defaultdict(set)
    for place, grounds in found:
        acts[place].update(grounds)
    return Counter({place: len(ids) for place, ids in acts.items()})


def _limit(counts: Iterable[int], least: int, times: float) -> float:
    """Return the most that an hour may have. The median does not move with the bursts it is to tell."""
    known = list(counts)
    return max(float(least), times * median_low(known) if len(known) >= FEWEST else 0.0)
