"""Blocks, which want to stay whole, and the atoms they become: what one passage can surely hold."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retriever.cutting.sentences import sentence_starts
from retriever.cutting.window import Ruler

_ADDRESS = re.compile(r"(?<=\])\([^)\s]*[^)]*\)|https?://[^\s)>]+")

Cuts = Callable[[str, int, int], Iterable[int]]

# Atoms smaller than this part of the window are joined when a long block is split: it keeps packing quick
# on files of a hundred thousand short lines and leaves a dozen places to cut a passage at.
GRAIN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One way to split a block that is too long, and what a cut there costs in packing."""

    cost: int
    cuts: Cuts


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, list, table, fence, function: a stretch that is cut only if it must be."""

    start: int
    end: int
    heading: tuple[str, ...] = ()
    marks: tuple[int, ...] = ()  # where each heading's line starts, if headings are lines of their own
    preface: str = ""  # for a passage that starts with this block
    bound: bool = False  # the preface is in no passage's text, so it can't be left out
    carry: str = ""  # for a passage that starts inside it
    seam: int = 0  # what a cut in front of it costs
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """A stretch that fits the window on its own; a passage is one or several in a row."""

    start: int
    end: int
    tokens: int
    words: int  # tokens without the addresses of links, which make a passage long and say little
    heading: tuple[str, ...]
    marks: tuple[int, ...]
    preface: str
    seam: int


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    tokens: int
    seam: int


def lines(text: str, start: int, end: int) -> Iterator[int]:
    """Find the starts of the lines inside a stretch."""
    at = text.find("\n", start, end)
    while at != -1 and at + 1 < end:
        yield at + 1
        at = text.find("\n", at + 1, end)


def after_blank_lines(text: str, start: int, end: int) -> Iterator[int]:
    """Find the starts of the lines inside a stretch that follow a blank one."""
    blank = False
    for at in lines(text, start, end):
        stop = text.find("\n", at, end)
        empty = not text[at : stop if stop != -1 else end].strip()
        if blank and not empty:
            yield at
        blank = empty


def outer_lines(text: str, start: int, end: int) -> Iterator[int]:
    """Find the starts of the least indented lines after a stretch's first: a function's own statements."""
    inner = [(at, indent) for at in lines(text, start, end) if (indent := _indent(text, at, end)) is not None]
    least = min((indent for _, indent in inner), default=0)
    return (at for at, indent in inner if indent == least and text[at + indent] not in "}])")


def _indent(text: str, at: int, end: int) -> int | None:
    """Measure how far a line is indented; a blank one is not."""
    stop = text.find("\n", at, end)
    line = text[at : stop if stop != -1 else end]
    bare = line.lstrip()
    return len(line) - len(bare) if bare else None


def among(offsets: Sequence[int]) -> Cuts:
    """Cut at offsets that are known already."""
    return lambda _text, start, end: offsets[bisect_right(offsets, start) : bisect_left(offsets, end)]


PROSE = (Level(cost=300, cuts=sentence_starts), Level(cost=500, cuts=lines))
SOURCE = (
    Level(cost=150, cuts=after_blank_lines),
    Level(cost=200, cuts=outer_lines),
    Level(cost=400, cuts=lines),
)
LINES = (Level(cost=150, cuts=after_blank_lines), Level(cost=300, cuts=lines))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Move a stretch's ends inwards past whitespace."""
    stretch = text[start:end]
    return start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())


def atoms_of(block: Block, ruler: Ruler) -> Iterator[Atom]:
    """Make atoms of a block: one if it fits, else as many as its levels need."""
    start, end = trimmed(ruler.text, block.start, block.end)
    if start >= end:
        return
    tokens = ruler.tokens(start, end)
    for preface in (block.preface,) if block.bound else (block.preface, ""):
        if tokens <= ruler.room(block.heading, preface):
            yield _atom(block, _Piece(start, end, tokens, block.seam), preface, ruler)
            return
    preface, carry = (
        text if ruler.leaves_room(block.heading, text) else "" for text in (block.preface, block.carry or block.preface)
    )
    room = min(ruler.room(block.heading, preface), ruler.room(block.heading, carry))
    pieces = _split(ruler, _Piece(start, end, tokens, block.seam), block.levels, room)
    for number, piece in enumerate(pieces):
        yield _atom(block, piece, carry if number else preface, ruler)


def _atom(block: Block, piece: _Piece, preface: str, ruler: Ruler) -> Atom:
    return Atom(
        start=piece.start,
        end=piece.end,
        tokens=piece.tokens,
        words=_words(piece, ruler),
        heading=block.heading,
        marks=block.marks,
        preface=preface,
        seam=piece.seam,
    )


def _words(piece: _Piece, ruler: Ruler) -> int:
    text = ruler.text[piece.start : piece.end]
    return ruler.window.count(_ADDRESS.sub("", text)) if "](" in text or "://" in text else piece.tokens


def _split(ruler: Ruler, piece: _Piece, levels: tuple[Level, ...], room: int) -> Iterator[_Piece]:
    if piece.tokens <= room:
        yield piece
        return
    if not levels:
        yield from _by_words(ruler, piece, room)
        return
    level, *finer = levels
    for part in _grains(ruler, _parts(ruler, piece, level), room):
        yield from _split(ruler, part, tuple(finer), room)


def _parts(ruler: Ruler, piece: _Piece, level: Level) -> Iterator[_Piece]:
    bounds = [piece.start, *level.cuts(ruler.text, piece.start, piece.end), piece.end]
    seam = piece.seam
    for left, right in pairwise(bounds):
        start, end = trimmed(ruler.text, left, right)
        if start < end:
            yield _Piece(start, end, ruler.tokens(start, end), seam)
            seam = level.cost


def _grains(ruler: Ruler, parts: Iterable[_Piece], room: int) -> Iterator[_Piece]:
    held: _Piece | None = None
    for part in parts:
        if held and held.tokens + part.tokens <= room // GRAIN:
            held = _Piece(held.start, part.end, ruler.tokens(held.start, part.end), held.seam)
            continue
        if held:
            yield held
        held = part
    if held:
        yield held


def _by_words(ruler: Ruler, piece: _Piece, room: int) -> Iterator[_Piece]:
    """Fill stretches with words, and cut a word that is too long for any window by characters."""
    for start, end in word_stretches(ruler, piece.start, piece.end, room):
        yield _Piece(start, end, ruler.tokens(start, end), piece.seam if start == piece.start else 900)


def word_stretches(ruler: Ruler, start: int, end: int, room: int) -> Iterator[tuple[int, int]]:
    """Cut a stretch into the longest runs of words that fit, or of characters where there are no words."""
    while start < end:
        stop = _longest(ruler, start, end, room)
        if stop < end and not ruler.text[stop].isspace():
            stop = _word_start(ruler.text, start, stop)
        left, right = trimmed(ruler.text, start, stop)
        if left < right:
            yield left, right
        start = stop


def _longest(ruler: Ruler, start: int, end: int, room: int) -> int:
    low = start + 1
    high = min(end, start + room)  # of most texts a token has more characters than one, so widen until it is too much
    while high < end and ruler.tokens(start, high) <= room:
        low, high = high, min(end, start + 2 * (high - start))
    if ruler.tokens(start, high) <= room:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if ruler.tokens(start, middle) <= room else (low, middle)
    return low


def _word_start(text: str, start: int, stop: int) -> int:
    at = stop
    while at > start and not text[at - 1].isspace():
        at -= 1
    return at if text[start:at].strip() else stop
