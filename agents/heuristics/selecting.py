"""Which blocks an answer shows: the best of each part, and beside them what is nearly as likely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.heuristics.choosing import ScoredBlock
from agents.heuristics.facts import numbers_of, share, terms_of

# Chosen on five worlds together with how brief what stands beside is: docs/experiments/2026-12-01-beside.md.
NEAR = 3.0  # log odds below the best block, within which another may be meant
BESIDE = 2  # blocks shown beside the best one
BESIDE_A_PART = 1  # and beside that of each part
TIED = 1.0  # log odds between the best and the last block shown, up to which it is asked which is meant
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
        return self.scored.candidate.evidence.number, self.scored.candidate.block.start


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
    """Name what a question may mean: sources that each may answer it, or documents that do equally well."""
    sources = dict.fromkeys(_source(item.scored) for item in chosen)
    if len(sources) > 1:
        named = any(source.casefold() in question.casefold() for source in sources)
        return () if named else tuple(f"the {source} documents" for source in sources)
    least = min((item.scored.score for item in chosen), default=0.0)
    hits = {item.scored.candidate.evidence.hit.document: item.scored.candidate.evidence.hit for item in chosen}
    titles = dict.fromkeys(hit.title for hit in hits.values())
    if len(titles) <= BESIDE or chosen[0].scored.score - least > TIED:
        return ()
    asked = terms_of(question)
    return () if any(not title or terms_of(title) <= asked for title in titles) else tuple(titles)


def asked_with(question: str, choice: str) -> str:
    """Ask a question again with what it means; a source is searched alone then."""
    return f"{question.rstrip(' ?.!')}, in {choice}?"


def place_of(item: ScoredBlock) -> tuple[int, int]:
    """Return the passage and the place in it where a block stands."""
    return item.candidate.evidence.number, item.candidate.block.start


def _with_near(part: str, scored: Sequence[ScoredBlock], most: int) -> list[ChosenBlock]:
    best, near = list(scored[:1]), _near(scored)
    beside = near[:most]
    elsewhere = [item for item in near if _source(item) != _source(scored[0])]
    if elsewhere and not any(
        one is item for item in elsewhere for one in beside
    ):  # another source may have a rule of its own
        beside = [*beside[:-1], elsewhere[0]]
    return [
        *(ChosenBlock(scored=item, part=part) for item in best),
        *(ChosenBlock(scored=item, part=part, beside=True) for item in beside),
    ]


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
        if block.form == "code" and first.form != "code":
            continue
        said.append((terms, numbers))
        near.append(item)
    return near[1:]
