"""Passages that do not agree: two documents give different values for one thing, whichever is newer."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from agents.heuristics.choosing import CandidateBlock, ReadTokens, score_blocks
from agents.heuristics.facts import numbers_of, terms_of
from agents.heuristics.quantities import quantities_of
from agents.heuristics.sentences import read_aloud, units_of
from agents.records import Conflict, Evidence

MOST = 2  # conflicts that are told
LIKELY = 3  # blocks that answer best; a conflict matters if it touches one of them
SUBJECT = 2  # words in common that make two statements about one thing, where one says what it replaces
LIKENESS = 0.6  # share of words in common that do it where neither says so
LONG = 3  # words in common that this takes at least

# Said of anything with a number, so they tell no subject.
_OF_ALL = terms_of(
    """from into per may after before within more less than least most at up down until since over under between each
    every still now new old old no not only also or one two three four five six seven eight nine ten twelve half
    day days month months week weeks year years hour hours minute minutes time times date second seconds
    january february march april june july august september october november december"""
)

# What stands behind these is no longer so: "48 months instead of 36", "on Tuesday, no longer on Monday". What fell or
# grew was measured twice, which is no contradiction.
_REPLACED = re.compile(
    r"(?:\binstead of|\bno longer|, not|\brather than|\breplaces?\b|\bpreviously|\bformerly"
    r"|\b(?:it|they|which) (?:was|were)"
    r"|[;(] ?(?:was|were|before|until now)\b|\bused to be|\bup from|\bdown from"
    r"|\b(?:lowered|raised|cut|reduced|increased|moved|changed|extended) from)(?P<old>[^;]{0,60}?)"
    r"(?=\bto\b|[;)]|[,.](?!\d)|\Z)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    evidence: Evidence
    start: int  # within its passage
    text: str
    terms: frozenset[str]
    numbers: frozenset[str]
    replaced: frozenset[str]  # the numbers that it says no longer hold
    around: frozenset[str]  # its terms, and those of title and headings


def find_conflicts(question: str, evidence: Sequence[Evidence], read: ReadTokens) -> tuple[Conflict, ...]:
    """Find statements that differ in value, one of them likely an answer; rather none than a wrong one."""
    statements = [item for one in evidence for item in _statements(one)]
    if len({item.evidence.hit.document for item in statements}) < 2:
        return ()
    answering, asked = _answering(question, evidence, read), terms_of(question)
    found: dict[tuple[int, int], Conflict] = {}
    for newer, older in product(statements, statements):
        if _is_asked(newer, older, answering, asked) and _disagree(newer, older, asked):
            pair = (older.evidence.number, newer.evidence.number)
            found.setdefault(pair, Conflict(older=pair[0], newer=pair[1], about=_subject(older.evidence)))
    return tuple(sorted(found.values(), key=lambda item: item.older + item.newer)[:MOST])


def conflict_of(evidence: Sequence[Evidence], numbers: Collection[int]) -> Conflict | None:
    """Make a conflict of the oldest and the newest of some passages; of one document there is none."""
    found = sorted((item for item in evidence if item.number in numbers), key=lambda item: item.hit.modified)
    if not found or found[0].hit.document == found[-1].hit.document:
        return None
    return Conflict(older=found[0].number, newer=found[-1].number, about=_subject(found[0]))


def _statements(item: Evidence) -> Iterator[_Statement]:
    around = terms_of(" ".join((item.hit.title, *item.hit.heading)))
    for unit in units_of(item.hit):
        text = read_aloud(unit)
        if numbers := numbers_of(text):
            terms = terms_of(text) - numbers - _OF_ALL
            replaced = frozenset[str]().union(*(numbers_of(match["old"]) for match in _REPLACED.finditer(text)))
            yield _Statement(
                evidence=item,
                start=unit.start,
                text=text,
                terms=terms,
                numbers=numbers,
                replaced=replaced,
                around=terms | around,
            )


def _answering(question: str, evidence: Sequence[Evidence], read: ReadTokens) -> tuple[CandidateBlock, ...]:
    """Return the blocks that an answer would be taken from."""
    (scored,) = score_blocks([question], evidence, read)
    return tuple(item.candidate for item in scored[:LIKELY])


def _is_in(statement: _Statement, blocks: Sequence[CandidateBlock]) -> bool:
    return any(
        item.evidence.number == statement.evidence.number and item.block.start <= statement.start < item.block.end
        for item in blocks
    )


def _is_asked(newer: _Statement, older: _Statement, answering: Sequence[CandidateBlock], asked: frozenset[str]) -> bool:
    """Check whether two documents' statements touch what was asked; of one day, only if the best block is of them.

    Of those the first found stands for the newer one, and both have to speak of what was asked.
    """
    one, other = newer.evidence.hit, older.evidence.hit
    days = one.modified.date(), other.modified.date()
    if one.document == other.document or days[0] < days[1]:
        return False
    if days[0] > days[1]:
        about = not asked.isdisjoint(newer.around) or not asked.isdisjoint(older.around)
        return about and _is_in_any(newer, older, answering)
    about = min(len(asked & newer.terms), len(asked & older.terms)) >= SUBJECT
    return about and newer.evidence.number < older.evidence.number and _is_in_any(newer, older, answering[:1])


def _is_in_any(one: _Statement, other: _Statement, blocks: Sequence[CandidateBlock]) -> bool:
    return _is_in(one, blocks) or _is_in(other, blocks)


def _disagree(newer: _Statement, older: _Statement, asked: frozenset[str]) -> bool:
    return _replaces(newer, older, asked) or _differs(newer, older)


def _replaces(newer: _Statement, older: _Statement, asked: frozenset[str]) -> bool:
    """Check whether the newer statement names the older one's value as what no longer holds.

    A value in the same unit makes it likely that both speak of one thing; a bare number has to be of what was asked.
    """
    replaced, shared = newer.replaced, newer.terms & older.terms
    given = newer.numbers - replaced
    if not replaced or not replaced <= older.numbers or given & older.numbers:
        return False
    units = {item.unit for item in quantities_of(newer.text)}
    if any(item.number in replaced and item.unit in units for item in quantities_of(older.text)):
        return len(shared) >= SUBJECT or 2 * len(shared) >= min(len(newer.terms), len(older.terms)) > 0
    return len(shared) >= SUBJECT and bool(asked & shared)


def _differs(newer: _Statement, older: _Statement) -> bool:
    """Check whether two statements are alike in all but the one value that both give in the same unit."""
    shared = newer.terms & older.terms
    if len(shared) < LONG or len(shared) < LIKENESS * len(newer.terms | older.terms):
        return False
    ours, theirs = quantities_of(newer.text), quantities_of(older.text)
    units = {item.unit for item in ours} & {item.unit for item in theirs}
    return any(
        not {item.number for item in ours if item.unit == unit} & {item.number for item in theirs if item.unit == unit}
        for unit in units
    )


def _subject(older: Evidence) -> str:
    """Name what two passages disagree on, by the older one's heading."""
    hit = older.hit
    return hit.heading[-1] if hit.heading else hit.title or hit.document
