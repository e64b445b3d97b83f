"""Settings and data files as blocks: one for each top-level key."""

import re
from collections.abc import Iterator

from retriever.cutting.blocks import SOURCE, Block
from retriever.cutting.window import Ruler

KEYS = {
    "json": re.compile(r'^(?P<indent>[ \t]*)"(?P<key>(?:[^"\\\n]|\\.)+)"[ \t]*:', re.MULTILINE),
    "toml": re.compile(r"^(?P<indent>)\[+[ \t]*(?P<key>[^\]\n]+)\]", re.MULTILINE),
    "yaml": re.compile(r"^(?P<indent>)(?P<key>[\w\"'.][^:#\n]*):(?=\s|\Z)", re.MULTILINE),
}
NAME_PART = 8  # a key beyond this part of the window is no name


def key_blocks(ruler: Ruler, language: str) -> Iterator[Block]:
    """Yield a block for each top-level key of a settings or data file, and one for what comes before the first."""
    found = list(_top(ruler.text, language))
    starts = [0, *(_with_comments(ruler.text, match.start()) for match in found), len(ruler.text)]
    names = ["", *(match["key"].strip("\"' ") for match in found)]
    for start, end, name in zip(starts, starts[1:], names, strict=False):
        short = name and ruler.window.count(name) <= ruler.part(NAME_PART)
        yield Block(start=start, end=end, heading=(name,) if short else (), levels=SOURCE)


def _top(text: str, language: str) -> Iterator[re.Match[str]]:
    """Find the keys that are indented like the first."""
    indent: str | None = None
    for match in KEYS[language].finditer(text):
        indent = match["indent"] if indent is None else indent
        if match["indent"] == indent:
            yield match


def _with_comments(text: str, start: int) -> int:
    """Move the start of a key up past the comments directly above it."""
    while start:
        above = text.rfind("\n", 0, start - 1) + 1
        if not text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start
