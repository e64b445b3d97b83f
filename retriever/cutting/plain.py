"""Plain text as blocks: its paragraphs."""

from collections.abc import Iterator
from itertools import pairwise

from retriever.cutting.blocks import PROSE, Block, after_blank_lines
from retriever.cutting.window import Ruler


def plain_blocks(ruler: Ruler) -> Iterator[Block]:
    """Give the paragraphs of a plain text."""
    bounds = [0, *after_blank_lines(ruler.text, 0, len(ruler.text)), len(ruler.text)]
    for start, end in pairwise(bounds):
        yield Block(start=start, end=end, levels=PROSE)
