"""What evidence has to pass: what can't be what it says it is goes, then nobody weighs too much, and two agree."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median_low

from training.evidence.rules import OLDEST, EvidenceRules, Setting
from training.records import STRENGTHS, Dropped, FilteredEvidence, Kind, RelevanceEvidence, sieve, summed

SLACK = timedelta(seconds=5)  # by which the clocks of two machines may differ
AHEAD = timedelta(hours=1)  # a time zone that was forgotten is more
FEWEST = 10  # hours with something in them; of fewer nobody can say what is usual
LATE = timedelta(days=1)  # after which a click on an old page says little of the question
OPTED_OUT, FUTURE, BEFORE = "the person opted out", "dated in the future", "dated before its search"
LATER, OWN, REPEATED = "long after its search", "the person's own document", "repeated by the same person"
PERSON_BURST, DOCUMENT_BURST = "quarantined: a burst by one person", "quarantined: a burst on one document"


def refuse_opted_out(evidence: Sequence[RelevanceEvidence], setting: Setting) -> FilteredEvidence:
    """Drop what comes from people who opted out."""
    return sieve(evidence, lambda item: OPTED_OUT if item.person in setting.rules.opted_out else item)


def refuse_impossible_times(evidence: Sequence[RelevanceEvidence], setting: Setting) -> FilteredEvidence:
    """Drop what is dated in the future or before its search, and silent acts long after it."""

    def judge(item: RelevanceEvidence) -> RelevanceEvidence | str:
        if max(item.when, item.asked) > setting.now + AHEAD:
            return FUTURE
        if item.when < item.asked - SLACK:
            return BEFORE
        if item.when > item.asked + LATE and STRENGTHS[item.kind].implicit:
            return LATER
        return item

    return sieve(evidence, judge)


def refuse_own_documents(evidence: Sequence[RelevanceEvidence], setting: Setting) -> FilteredEvidence:
    """Drop what people say of documents they wrote, labels too: everybody likes their own."""
    authors = setting.rules.authors
    return sieve(evidence, lambda item: OWN if item.person and item.person in authors.get(item.document, ()) else item)


def quarantine_bursts(evidence: Sequence[RelevanceEvidence], setting: Setting) -> FilteredEvidence:
    """Drop the hours in which a person did, or a document got, many times what is usual in this log.

    Acts are counted, not what follows from them; labels come in sittings of hundreds, and answers cite by themselves.
    """
    rules = setting.rules
    acts = [item for item in evidence if _is_act(item)]
    busy = _bursts(((item.person, _hour(item.when)), item.grounds) for item in acts)
    crowded = _bursts(((item.document, _hour(item.when)), item.grounds) for item in acts)
    person_limit = _limit(busy.values(), rules.person_hour, rules.burst)
    document_limit = _limit(crowded.values(), rules.document_hour, rules.burst)

    def judge(item: RelevanceEvidence) -> RelevanceEvidence | str:
        if item.kind == "label":
            return item
        if busy.get((item.person, _hour(item.when)), 0) > person_limit:
            return PERSON_BURST
        if crowded.get((item.document, _hour(item.when)), 0) > document_limit:
            return DOCUMENT_BURST
        return item

    return sieve(evidence, judge)


def refuse_repetitions(evidence: Sequence[RelevanceEvidence], setting: Setting) -> FilteredEvidence:
    """Let a person say a thing once, the last time: whether they clicked again, or an event was replayed."""
    del setting
    last: dict[Hashable, RelevanceEvidence] = {}
    for item in evidence:
        known = last.get(_saying(item))
        if known is None or (item.when, item.grounds) > (known.when, known.grounds):
            last[_saying(item)] = item
    return sieve(evidence, lambda item: item if last[_saying(item)] is item else REPEATED)


def _saying(item: RelevanceEvidence) -> Hashable:
    return item.person, item.key, item.target, item.kind


def _is_act(item: RelevanceEvidence) -> bool:
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


TOO_OLD = "too old"
UNCONFIRMED = "only implicit, and no one else agrees"
CIRCULAR = "only the answer cited it, and no one agrees"
DEEDS: frozenset[Kind] = frozenset({"taken", "click"})  # done to a passage by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much there is, which caps are measured against."""

    evidence: int
    usual: float  # questions that a document has evidence for, in the median
    people: Mapping[tuple[str, str], int]  # who speak, by question and target


@dataclass(frozen=True, slots=True, kw_only=True)
class Capping:
    """Who or what is capped, and at how much."""

    reason: str
    of: Callable[[RelevanceEvidence], Hashable]
    counts: Callable[[RelevanceEvidence], Hashable]  # what one is: evidence as such, or questions
    at_most: Callable[[EvidenceRules, Extent], int]


def _question(item: RelevanceEvidence) -> Hashable:
    return item.key


def _each(item: RelevanceEvidence) -> Hashable:
    return item.person, item.key, item.target, item.kind


CAPS: tuple[Capping, ...] = (
    Capping(
        reason="over the limit of one person for one document",
        of=lambda item: (item.person, item.document),
        counts=_question,
        at_most=lambda rules, _: rules.person_document,
    ),
    Capping(
        reason="over one person's daily limit",
        of=lambda item: (item.person, item.when.date()),
        counts=_each,
        at_most=lambda rules, _: rules.person_day,
    ),
    Capping(
        reason="over one document's daily limit",
        of=lambda item: (item.document, item.when.date()),
        counts=_each,
        at_most=lambda rules, _: rules.document_day,
    ),
    Capping(
        reason="over one person's limit",
        of=lambda item: item.person,
        counts=_each,
        at_most=lambda rules, extent: rules.person.of(extent.evidence),
    ),
    Capping(
        reason="over one document's limit",
        of=lambda item: item.document,
        counts=_question,
        at_most=lambda rules, extent: rules.document.of(extent.usual),
    ),
)


def let_age(evidence: Sequence[RelevanceEvidence], setting: Setting) -> FilteredEvidence:
    """Halve weights with every half-life, by days of the calendar; labels stay, since their texts have not changed."""
    half_life = setting.rules.half_life.days

    def judge(item: RelevanceEvidence) -> RelevanceEvidence | str:
        days = max(0, (setting.now.date() - item.when.date()).days)
        if item.kind == "label" or days == 0:
            return item
        if days > OLDEST * half_life:
            return TOO_OLD
        return replace(item, weight=item.weight * 0.5 ** (days / half_life))

    return sieve(evidence, judge)


def cap(evidence: Sequence[RelevanceEvidence], setting: Setting) -> FilteredEvidence:
    """Keep at most so much from one person, for one document, of one day.

    What most people agree on goes first, then the strongest. Labels are an admin's work and not capped. All caps are
    measured against what came in, so that none loosens another.
    """
    extent, refused = extent_of(evidence), dict[int, str]()
    limits = [capping.at_most(setting.rules, extent) for capping in CAPS]
    held: tuple[dict[Hashable, set[Hashable]], ...] = tuple(defaultdict(set) for _ in CAPS)
    for place in sorted(range(len(evidence)), key=lambda place: _rank(evidence[place], extent)):
        item = evidence[place]
        if item.kind == "label":
            continue
        counted = [(sets[capping.of(item)], capping.counts(item)) for capping, sets in zip(CAPS, held, strict=True)]
        full = [len(known) >= most and one not in known for (known, one), most in zip(counted, limits, strict=True)]
        if any(full):
            refused[place] = CAPS[full.index(True)].reason
            continue
        for known, one in counted:
            known.add(one)
    places = iter(range(len(evidence)))
    return sieve(evidence, lambda item: refused.get(next(places), item))


def extent_of(evidence: Sequence[RelevanceEvidence]) -> Extent:
    """Measure how much there is."""
    people: dict[tuple[str, str], set[str]] = defaultdict(set)
    questions: dict[str, set[str]] = defaultdict(set)
    for item in evidence:
        key = item.key
        people[key, item.target].add(item.person)
        questions[item.document].add(key)
    return Extent(
        evidence=len(evidence),
        usual=median_low([len(keys) for keys in questions.values()] or [0]),
        people={place: len(names) for place, names in people.items()},
    )


def demand_agreement(evidence: Sequence[RelevanceEvidence], setting: Setting) -> FilteredEvidence:
    """Keep what nobody said only where two people did it, or something else agrees.

    What agrees for a question and a document, its near-duplicates included: a word said outright by anybody, two
    people, the answer's own checked citation and a person who opened just that, or one person who chose it from the
    list and then opened or copied it too.
    """
    groups: dict[tuple[str, str], list[RelevanceEvidence]] = defaultdict(list)
    for item in evidence:
        groups[_group(item, setting.clusters)].append(item)
    agreed = {group for group, items in groups.items() if _is_agreed(items, setting.rules.people)}

    def judge(item: RelevanceEvidence) -> RelevanceEvidence | str:
        if not STRENGTHS[item.kind].implicit or _group(item, setting.clusters) in agreed:
            return item
        return CIRCULAR if item.kind == "cited" else UNCONFIRMED

    return sieve(evidence, judge)


def _rank(item: RelevanceEvidence, extent: Extent) -> tuple[object, ...]:
    key = item.key
    agreeing = extent.people[key, item.target]
    return (-agreeing, -STRENGTHS[item.kind].weight, item.when, item.grounds, key, item.target)


def _group(item: RelevanceEvidence, clusters: Mapping[str, str]) -> tuple[str, str]:
    key = item.key
    return clusters.get(key, key), item.document


def _is_agreed(items: Sequence[RelevanceEvidence], people: int) -> bool:
    kinds = Counter[Kind](item.kind for item in items)
    if any(not STRENGTHS[kind].implicit and kind != "thumb_down" for kind in kinds):
        return not any(item.kind == "label" and item.grade == 0 for item in items)
    if kinds["cited"] and any(kinds[kind] for kind in DEEDS):
        return True
    by_person: dict[str, set[Kind]] = defaultdict(set)
    for item in items:
        by_person[item.person].add(item.kind)
    if any(done >= DEEDS for person, done in by_person.items() if person):
        return True
    acting = {item.person for item in items if STRENGTHS[item.kind].implicit and item.kind != "cited"}
    return len(acting) >= people


Defence = Callable[[Sequence[RelevanceEvidence], Setting], FilteredEvidence]

# Bursts before repetitions, or a thousand clicks would be one; caps before agreement, or what is capped would agree.
HONEST: tuple[Defence, ...] = (
    refuse_opted_out,
    refuse_impossible_times,
    refuse_own_documents,
    quarantine_bursts,
)
FAIR: tuple[Defence, ...] = (refuse_repetitions, let_age, cap, demand_agreement)


def defend(
    evidence: Sequence[RelevanceEvidence], setting: Setting, defences: Sequence[Defence] = (*HONEST, *FAIR)
) -> FilteredEvidence:
    """Let evidence through one defence after the other."""
    dropped: list[Dropped] = []
    for defence in defences:
        kept = defence(evidence, setting)
        evidence = kept.evidence
        dropped += kept.dropped
    return FilteredEvidence(evidence=tuple(evidence), dropped=summed(dropped))
