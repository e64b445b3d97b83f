"""Cuts a document's text into passages that fit an encoder's window and can be understood by themselves."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from hone.records import Passage
from retriever.cutting.blocks import PROSE, Block, after_blank_lines, atoms_of
from retriever.cutting.code import code_blocks
from retriever.cutting.markdown import markdown_blocks
from retriever.cutting.packing import Piece, pack
from retriever.cutting.window import Ruler, Window, passage_id
from retriever.reading.parsed import Parsed, Syntax


@dataclass(frozen=True, slots=True)
class _Splitter:
    """How the text of one syntax is cut."""

    blocks: Callable[[Ruler, str], Iterator[Block]]
    crossing: int  # what joining neighbouring sections costs; see packing.PASSAGE


# Chosen so that sections are joined when together they stay under some 50 tokens of MiniLM's window,
# functions under some 120; by eye, over two company handbooks and the standard library.
_SPLITTERS: dict[Syntax, _Splitter] = {
    "markdown": _Splitter(lambda ruler, _language: markdown_blocks(ruler), 1600),
    "plain": _Splitter(lambda ruler, _language: plain_blocks(ruler), 1600),
    "code": _Splitter(code_blocks, 1300),
}


def cut(parsed: Parsed, document_id: str, window: Window) -> tuple[Passage, ...]:
    """Cut a document into passages, in order, that do not overlap."""
    ruler = Ruler(text=parsed.text, title=parsed.title, window=window)
    manner = _SPLITTERS[parsed.syntax]
    atoms = [atom for block in manner.blocks(ruler, parsed.language) for atom in atoms_of(block, ruler)]
    seen: Counter[tuple[object, ...]] = Counter()
    return tuple(
        _passage(parsed, document_id, ordinal, piece, seen)
        for ordinal, piece in enumerate(pack(atoms, ruler, manner.crossing))
    )


def _passage(
    parsed: Parsed, document_id: str, ordinal: int, piece: Piece, seen: Counter[tuple[object, ...]]
) -> Passage:
    text = parsed.text[piece.start : piece.end]
    alike = (piece.heading, piece.preface, text)
    seen[alike] += 1
    return Passage(
        id=passage_id(document_id, *alike, seen[alike]),
        document=document_id,
        ordinal=ordinal,
        heading=piece.heading,
        preface=piece.preface,
        text=text,
        start=piece.start,
        end=piece.end,
        page=max(1, bisect_right(parsed.page_starts, piece.start)) if parsed.page_starts else None,
    )


def plain_blocks(ruler: Ruler) -> Iterator[Block]:
    """Split a plain text into paragraphs."""
    bounds = [0, *after_blank_lines(ruler.text, 0, len(ruler.text)), len(ruler.text)]
    for start, end in pairwise(bounds):
        yield Block(start=start, end=end, levels=PROSE)
