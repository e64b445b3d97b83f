"""Which blocks an answer shows: the best of each part, and beside them what is nearly as likely."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.heuristics.blocks import AnswerBlock
from agents.heuristics.choosing import ScoredBlock
from agents.heuristics.facts import numbers_of, share, terms_of

# Chosen on five worlds together with how brief what stands beside is: docs/experiments/2026-12-01-beside.md.
NEAR = 3.0  # log odds below the best block, within which another may be meant
BESIDE = 2  # blocks shown beside the best one
BESIDE_A_PART = 1  # and beside that of each part
HEADING = 15  # words up to which a paragraph that ends in no full stop is a heading, or a link
SAME = 0.6  # share of a block's words from which it says what another has said


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenBlock:
    """A block that answers a part of a question, or all of it."""

    scored: ScoredBlock
    part: str = ""  # empty where it answers the whole question
    beside: bool = False  # it is not the best, but may be what is wanted

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands."""
        return place_of(self.scored)


def select(whole: Sequence[ScoredBlock], parts: Mapping[str, Sequence[ScoredBlock]]) -> list[ChosenBlock]:
    """Choose for each part, or for the whole question where it has none; what stands beside comes last."""
    best = {place_of(own[0]) for own in parts.values() if own}
    if len(best) < 2:  # one block answers all parts
        return _with_near("", next(iter(parts.values()), whole), BESIDE)
    found = dict[tuple[int, int], ChosenBlock]()
    chosen = [item for part, own in parts.items() for item in _with_near(part, own, BESIDE_A_PART)]
    for item in sorted(chosen, key=lambda item: item.beside):
        found.setdefault(item.place, item)
    return list(found.values())


def choices_of(question: str, chosen: Sequence[ChosenBlock]) -> tuple[str, ...]:
    """Name the sources that each may answer a question which names none of them."""
    sources = dict.fromkeys(_source(item.scored) for item in chosen)
    named = any(re.search(rf"\b{re.escape(source)}\b", question, re.IGNORECASE) for source in sources if source)
    return () if len(sources) < 2 or named or "" in sources else tuple(f"the {source} documents" for source in sources)


def asked_with(question: str, choice: str) -> str:
    """Ask a question again of one source, which is searched alone then."""
    return f"{question.rstrip(' ?.!')}, in {choice}?"


def place_of(item: ScoredBlock) -> tuple[int, int]:
    """Return the passage and the place in it where a block stands."""
    return item.candidate.evidence.number, item.candidate.block.start


def _with_near(part: str, scored: Sequence[ScoredBlock], most: int) -> list[ChosenBlock]:
    near = _near(scored)
    beside = near[:most]
    elsewhere = [item for item in near if _source(item) != _source(scored[0])]
    if elsewhere and all(_source(item) == _source(scored[0]) for item in beside):
        beside = [*beside[:-1], elsewhere[0]]  # another source may have a rule of its own
    return [
        *(ChosenBlock(scored=item, part=part) for item in scored[:1]),
        *(ChosenBlock(scored=item, part=part, beside=True) for item in beside),
    ]


def _is_heading(block: AnswerBlock) -> bool:
    words = block.text.split()
    return block.form == "paragraph" and len(words) <= HEADING and words[-1][-1] not in '.!?…)"”'


def _source(item: ScoredBlock) -> str:
    source, slash, _ = item.candidate.evidence.hit.document.partition("/")
    return source if slash else ""


def _near(scored: Sequence[ScoredBlock]) -> list[ScoredBlock]:
    """Return those after the best that are nearly as likely, each saying something that none before it says."""
    said, near = list[tuple[frozenset[str], frozenset[str]]](), list[ScoredBlock]()
    for item in scored:
        if item.score < scored[0].score - NEAR:
            break
        block, first = item.candidate.block, scored[0].candidate.block
        terms, numbers = terms_of(block.text), numbers_of(block.text)
        if any(share(terms, other) >= SAME and numbers <= known for other, known in said):
            continue
        if item is not scored[0] and _is_heading(block):
            continue
        if block.form == "code" and first.form != "code":
            continue
        said.append((terms, numbers))
        near.append(item)
    return near[1:]
