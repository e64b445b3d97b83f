"""The headings above the place that is being read."""

import re

from retriever.cutting.blocks import PROSE, Block
from retriever.cutting.window import Ruler

LONGEST_PART = 4  # a heading beyond this part of the window is a paragraph that somebody marked as a heading
PATH_PART = 2  # title and headings together; the outermost headings give way first

_MARKUP = (
    (re.compile(r"<!--.*?-->|<[^>\s][^>]*>"), ""),
    (re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])"), r"\1"),
    (re.compile(r"\s*\{[:#.][^}]*\}\s*$"), ""),
    (re.compile(r"(\*\*|__|`+|~~)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)([*_])(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)


def plain_heading(content: str) -> str:
    """Take the markup out of a heading's line."""
    for pattern, plain in _MARKUP:
        content = pattern.sub(plain, content)
    return " ".join(content.split())


class Headings:
    """The path to where the reading is, with the offset of each heading's line."""

    def __init__(self, ruler: Ruler) -> None:
        self._ruler = ruler
        self._open: list[tuple[int, str]] = []  # level and text
        self._starts: list[int] = []
        self.path: tuple[str, ...] = ()
        self.marks: tuple[int, ...] = ()

    def enter(self, level: int, heading: str, start: int) -> bool:
        """Enter a section, unless this is too long or too empty to be a heading."""
        if not heading or self._ruler.window.count(heading) > self._ruler.part(LONGEST_PART):
            return False
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
            self._starts.pop()
        self._open.append((level, heading))
        self._starts.append(start)
        self._show()
        return True

    def alone(self, start: int, end: int) -> Block:
        """Make a block of the heading just entered, which has nothing below it."""
        return Block(start=start, end=end, heading=self.path[:-1], marks=self.marks[:-1], levels=PROSE)

    def _show(self) -> None:
        path = tuple(heading for _, heading in self._open)
        skipped = 0
        while len(path) - skipped > 1 and self._ruler.context(path[skipped:], "") > self._ruler.part(PATH_PART):
            skipped += 1
        self.path, self.marks = path[skipped:], tuple(self._starts[skipped:])
