"""How much anyone and anything may weigh: age, caps, and agreement for what nobody said."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median_low

from training.evidence.filtering import FilteredEvidence, sieve
from training.evidence.rules import OLDEST, EvidenceRules, Setting
from training.pairs.questions import key_of
from training.records import STRENGTHS, Evidence, Kind

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
    of: Callable[[Evidence], Hashable]
    counts: Callable[[Evidence], Hashable]  # what one is: evidence as such, or questions
    at_most: Callable[[EvidenceRules, Extent], int]


def _question(item: Evidence) -> Hashable:
    return key_of(item.query)


def _each(item: Evidence) -> Hashable:
    return item.person, key_of(item.query), item.target, item.kind


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


def let_age(evidence: Sequence[Evidence], setting: Setting) -> FilteredEvidence:
    """Halve weights with every half-life, by days of the calendar; labels stay, since their texts have not changed."""
    half_life = setting.rules.half_life.days

    def judge(item: Evidence) -> Evidence | str:
        days = max(0, (setting.now.date() - item.when.date()).days)
        if item.kind == "label" or days == 0:
            return item
        if days > OLDEST * half_life:
            return TOO_OLD
        return replace(item, weight=item.weight * 0.5 ** (days / half_life))

    return sieve(evidence, judge)


def cap(evidence: Sequence[Evidence], setting: Setting) -> FilteredEvidence:
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


def extent_of(evidence: Sequence[Evidence]) -> Extent:
    """Measure how much there is."""
    people: dict[tuple[str, str], set[str]] = defaultdict(set)
    questions: dict[str, set[str]] = defaultdict(set)
    for item in evidence:
        key = key_of(item.query)
        people[key, item.target].add(item.person)
        questions[item.document].add(key)
    return Extent(
        evidence=len(evidence),
        usual=median_low([len(keys) for keys in questions.values()] or [0]),
        people={place: len(names) for place, names in people.items()},
    )


def demand_agreement(evidence: Sequence[Evidence], setting: Setting) -> FilteredEvidence:
    """Keep what nobody said only where two people did it, or something else agrees.

    What agrees for a question and a document, its near-duplicates included: a word said outright by anybody, two
    people, the answer's own checked citation and a person who opened just that, or one person who chose it from the
    list and then opened or copied it too.
    """
    groups: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for item in evidence:
        groups[_group(item, setting.clusters)].append(item)
    agreed = {group for group, items in groups.items() if _is_agreed(items, setting.rules.people)}

    def judge(item: Evidence) -> Evidence | str:
        if not STRENGTHS[item.kind].implicit or _group(item, setting.clusters) in agreed:
            return item
        return CIRCULAR if item.kind == "cited" else UNCONFIRMED

    return sieve(evidence, judge)


def _rank(item: Evidence, extent: Extent) -> tuple[object, ...]:
    key = key_of(item.query)
    agreeing = extent.people[key, item.target]
    return (-agreeing, -STRENGTHS[item.kind].weight, item.when, item.grounds, key, item.target)


def _group(item: Evidence, clusters: Mapping[str, str]) -> tuple[str, str]:
    key = key_of(item.query)
    return clusters.get(key, key), item.document


def _is_agreed(items: Sequence[Evidence], people: int) -> bool:
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
