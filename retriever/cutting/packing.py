"""Packs atoms into passages: the cheapest way to cut, found by dynamic programming from the end.

Working from the end makes the cuts after any point depend only on what follows it, so that a paragraph added
early in a document leaves its later passages as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retriever.cutting.blocks import Atom, word_stretches
from retriever.cutting.window import Ruler

# Costs are whole numbers, so that equal ways to cut stay equal when text is added elsewhere. They say: a passage
# costs PASSAGE, up to half as much again if it is nearly empty, and thrice if it is a few words; joining two sections
# (`crossing`, a format's own) costs more than an ordinary passage and less than one too short to be understood.
PASSAGE = 1000
EMPTY = 500
TINY = 2000
TINY_PART = 5  # below this part of the window a passage is too short to stand alone; 48 tokens of MiniLM's 254
LOST = 300  # a section's end joined to the next section, its own heading kept in the preface only


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Where a passage starts and ends, and what is known above it."""

    start: int
    end: int
    heading: tuple[str, ...]
    preface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opening:
    """How a passage that starts with some atom opens, when its heading is a shorter path than the atom's."""

    start: int
    preface: str
    tokens: int  # of heading lines taken in
    cost: int


def pack(atoms: Sequence[Atom], ruler: Ruler, crossing: int) -> list[Piece]:
    """Choose passages from atoms: full within a section, joined across sections only if tiny."""
    ends = _choose(atoms, ruler, crossing)
    pieces: list[Piece] = []
    at = 0
    while at < len(atoms):
        after = ends[at]
        pieces += _whole(_piece(atoms, at, after, ruler), ruler)
        at = after
    return pieces


def _choose(atoms: Sequence[Atom], ruler: Ruler, crossing: int) -> list[int]:
    """Find, for each atom, the best end of a passage that starts with it."""
    best = [0] * (len(atoms) + 1)
    ends = [0] * len(atoms)
    gaps = _gaps(atoms, ruler)
    for first in range(len(atoms) - 1, -1, -1):
        options = _options(atoms, first, gaps, ruler, crossing)
        best[first], ends[first] = min((cost + best[after], after) for after, cost in options)
    return ends


def _options(
    atoms: Sequence[Atom], first: int, gaps: Sequence[int], ruler: Ruler, crossing: int
) -> Iterator[tuple[int, int]]:
    """Yield each end that a passage starting with this atom can have, and its cost."""
    heading = atoms[first].heading
    opening = _opening(atoms, first, heading, ruler)
    room = ruler.room(heading, opening.preface)
    tiny = ruler.part(TINY_PART)
    tokens = words = crossed = 0
    for last in range(first, len(atoms)):
        atom, before = atoms[last], atoms[last - 1]
        if last > first and atom.heading != before.heading:
            crossed += crossing * _steps(before.heading, atom.heading)
            shared = _common(heading, atom.heading)
            if shared != heading:
                heading, opening = shared, _opening(atoms, first, shared, ruler)
                room = ruler.room(heading, opening.preface)
        gap = gaps[last] if last > first else 0
        tokens += atom.tokens + gap
        words += atom.words + gap
        if last > first and tokens + opening.tokens > room:
            return
        after = atoms[last + 1].seam if last + 1 < len(atoms) else 0
        cost = _cost(tokens + opening.tokens, words + opening.tokens, room, tiny)
        yield last + 1, cost + crossed + opening.cost + after


def _cost(tokens: int, words: int, room: int, tiny: int) -> int:
    spare = max(room - tokens, 0)
    cost = PASSAGE + EMPTY * spare * spare // max(room * room, 1)
    return cost + TINY * (tiny - words) // tiny if words < tiny else cost


def _gaps(atoms: Sequence[Atom], ruler: Ruler) -> list[int]:
    """Count the heading lines between each atom and the one before."""
    gaps = [0]
    for before, atom in pairwise(atoms):
        between = ruler.text[before.end : atom.start]
        gaps.append(0 if between.isspace() else ruler.window.count(between))
    return gaps


def _opening(atoms: Sequence[Atom], first: int, heading: tuple[str, ...], ruler: Ruler) -> _Opening:
    """Take in the heading lines that the heading leaves out, or name those that are in an earlier passage."""
    atom = atoms[first]
    depth = len(heading)
    if depth == len(atom.heading) or not atom.marks:
        return _Opening(start=atom.start, preface=atom.preface, tokens=0, cost=0)
    floor = atoms[first - 1].end if first else 0
    level = next((level for level in range(depth, len(atom.marks)) if atom.marks[level] >= floor), len(atom.marks))
    start = atom.marks[level] if level < len(atom.marks) else atom.start
    lost = " › ".join(atom.heading[depth:level])
    return _Opening(
        start=start,
        preface="\n".join(part for part in (lost, atom.preface) if part),
        tokens=ruler.tokens(start, atom.start),
        cost=LOST if lost else 0,
    )


def _piece(atoms: Sequence[Atom], first: int, after: int, ruler: Ruler) -> Piece:
    heading = atoms[first].heading
    for atom in atoms[first + 1 : after]:
        heading = _common(heading, atom.heading)
    opening = _opening(atoms, first, heading, ruler)
    return Piece(start=opening.start, end=atoms[after - 1].end, heading=heading, preface=opening.preface)


def _whole(piece: Piece, ruler: Ruler) -> list[Piece]:
    """Count a passage as one text, and cut it smaller where the parts' counts did not add up to the whole's."""
    if ruler.holds(piece.heading, piece.preface, piece.start, piece.end):
        return [piece]
    room = ruler.room(piece.heading, piece.preface)
    for share in (90, 75, 50, 25, 10, 5):
        parts = [
            Piece(start=start, end=end, heading=piece.heading, preface=piece.preface)
            for start, end in word_stretches(ruler, piece.start, piece.end, max(1, room * share // 100))
        ]
        if all(ruler.holds(part.heading, part.preface, part.start, part.end) for part in parts):
            return parts
    return parts  # a tokenizer that makes more of twelve characters than of a window: nothing smaller is worth having


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    depth = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        depth += 1
    return one[:depth]


def _steps(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Count the levels between two sections' headings and the nearest that holds both."""
    return max(len(one), len(other)) - len(_common(one, other))
