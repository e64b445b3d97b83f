"""What holds for any evidence: nobody who was dropped speaks, caps hold, and splits share nothing."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from hone.log.interactions import key_of
from tests.training.office import NOW
from training.evidence.defences import DEEDS, cap, defend, extent_of
from training.evidence.judgments import combine
from training.evidence.rules import Cap, EvidenceRules, Setting
from training.pairs.clusters import cluster_questions
from training.pairs.leaks import close_leaks, find_leaks
from training.pairs.splits import SPLITS, Shares, split_pairs
from training.records import STRENGTHS, Kind, Pair, RelevanceEvidence

WORDS = ("vpn", "token", "leave", "badge", "lost", "desk", "day", "form")
questions = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@st.composite
def pieces(draw: st.DrawFn) -> RelevanceEvidence:
    """Make any evidence, some of it impossible."""
    kind: Kind = draw(st.sampled_from(get_args(Kind)))
    asked = NOW - timedelta(hours=draw(st.integers(-48, 2000)))
    document = f"d{draw(st.integers(0, 3))}"
    return RelevanceEvidence(
        query=draw(questions),
        passage=f"{document}#{draw(st.integers(0, 1))}",
        document=document,
        kind=kind,
        grade=draw(st.integers(0, 3)) if kind == "label" else STRENGTHS[kind].grade,
        weight=STRENGTHS[kind].weight,
        person=draw(st.sampled_from(("", "ana", "bo", "cy", "eve"))),
        asked=asked,
        when=asked + timedelta(hours=draw(st.integers(-2, 30))),
        grounds=(f"e{draw(st.integers(0, 10**6))}",),
    )


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Make any pair; some texts are copies of each other."""
    document = f"d{draw(st.integers(0, 12))}"
    return Pair(
        query=draw(questions),
        passage=f"{document}#0",
        document=document,
        text=f"the text of number {draw(st.integers(0, 8))} stands here for all to read and to copy",
        grade=2,
        weight=1.0,
        source="log",
        grounds=(),
    )


RULES = EvidenceRules(opted_out=frozenset({"eve"}), authors={"d0": frozenset({"ana"})}, person_hour=3, document_hour=5)


@given(st.lists(pieces(), max_size=40))
@settings(max_examples=60, deadline=None)
def test_nothing_dropped_is_in_a_judgment(evidence: list[RelevanceEvidence]) -> None:
    kept = defend(evidence, Setting(rules=RULES, now=NOW))
    speaking = {item.grounds[0] for item in kept.evidence}
    judgments = combine(kept.evidence, {})
    assert {ground.id for judgment in judgments for ground in judgment.grounds} == speaking
    assert all(item.person != "eve" for item in kept.evidence)
    assert all((item.person, item.document) != ("ana", "d0") for item in kept.evidence)
    assert all(item.when >= item.asked - timedelta(seconds=5) for item in kept.evidence)
    assert len(evidence) == len(kept.evidence) + sum(item.count for item in kept.dropped)
    assert all(0 <= judgment.weight <= 1 and 0 <= judgment.grade <= 3 for judgment in judgments)


@given(st.lists(pieces(), max_size=40))
@settings(max_examples=60, deadline=None)
def test_what_nobody_said_has_two_people_or_something_that_agrees(evidence: list[RelevanceEvidence]) -> None:
    kept = defend(evidence, Setting(rules=RULES, now=NOW)).evidence
    groups: dict[tuple[str, str], list[RelevanceEvidence]] = defaultdict(list)
    for item in kept:
        groups[key_of(item.query), item.document].append(item)
    for items in groups.values():
        silent = [item for item in items if STRENGTHS[item.kind].implicit]
        said = [item for item in items if not STRENGTHS[item.kind].implicit and item.kind != "thumb_down"]
        checked = any(item.kind == "cited" for item in items) and any(item.kind in ("taken", "click") for item in items)
        people = {item.person for item in silent if item.kind != "cited"}
        twice = any({item.kind for item in items if item.person == person} >= DEEDS for person in people - {""})
        assert not silent or said or checked or twice or len(people) >= 2


@given(st.lists(pieces(), max_size=60))
@settings(max_examples=60, deadline=None)
def test_caps_hold(evidence: list[RelevanceEvidence]) -> None:
    rules = EvidenceRules(
        person=Cap(share=0.2, least=4),
        document=Cap(share=1.5, least=2),
        person_day=3,
        document_day=3,
        person_document=2,
    )
    kept = [item for item in cap(evidence, Setting(rules=rules, now=NOW)).evidence if item.kind != "label"]
    extent = extent_of(evidence)

    def each(item: RelevanceEvidence) -> object:
        return item.person, key_of(item.query), item.target, item.kind

    def most(of: list[tuple[object, object]]) -> int:
        return max(Counter(one for one, _ in set(of)).values(), default=0)

    assert most([(item.person, each(item)) for item in kept]) <= rules.person.of(extent.evidence)
    assert most([(item.document, key_of(item.query)) for item in kept]) <= rules.document.of(extent.usual)
    assert most([((item.person, item.when.date()), each(item)) for item in kept]) <= 3
    assert most([((item.document, item.when.date()), each(item)) for item in kept]) <= 3
    assert most([((item.person, item.document), key_of(item.query)) for item in kept]) <= 2


@given(st.lists(pairs(), max_size=40))
@settings(max_examples=80, deadline=None)
def test_splits_share_no_question_and_no_document_and_leaks_are_closed(found: list[Pair]) -> None:
    clusters = cluster_questions(pair.query for pair in found)
    splits = split_pairs(found, clusters, Shares(dev=0.3, test=0.3))
    assert sorted(map(id, found)) == sorted(id(pair) for split in SPLITS for pair in splits.of(split))
    places: dict[str, set[str]] = defaultdict(set)
    for split in SPLITS:
        for pair in splits.of(split):
            places[f"document {pair.document}"].add(split)
            places[f"question {clusters[key_of(pair.query)]}"].add(split)
    assert all(len(where) == 1 for where in places.values())
    closed = close_leaks(splits)
    assert find_leaks(closed) == ()
    assert all(set(map(id, closed.of(split))) <= set(map(id, splits.of(split))) for split in SPLITS)
    assert closed.test == splits.test


@given(st.lists(questions, max_size=30))
@settings(max_examples=60, deadline=None)
def test_clusters_are_what_comparing_all_with_all_gives(texts: list[str]) -> None:
    clusters = cluster_questions(texts)
    assert clusters == cluster_questions(reversed(texts))
    for one in clusters:
        for other in clusters:
            first, second = set(one.split()), set(other.split())
            if len(first & second) >= 0.8 * len(first | second):
                assert clusters[one] == clusters[other]
    assert all(clusters[name] == name for name in clusters.values())
