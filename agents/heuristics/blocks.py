"""A passage taken apart into what answers by itself: paragraphs, lists with what announces them, rows, code."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from agents.heuristics.reading import read_plainly
from agents.heuristics.sentences import CODE_KINDS, Stretch, cells_of, stretches_of
from hone.records import Hit
from retriever.cutting.sentences import sentence_starts

Form = Literal["paragraph", "list", "row", "code"]

ANNOUNCES = 240  # characters of a paragraph that is taken whole as what announces a list
LONGEST = 1200  # characters of a list or of code that are shown
LONG = 640  # characters of a paragraph that are shown whole
TOGETHER = 320  # characters up to which small paragraphs of one section are one block

_WORD = re.compile(r"\w")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(?P<words>.+?)[\s#]*$", re.MULTILINE)
_DEFINITION = re.compile(r"\s*(?:>\s*)?\[[^\[\]\n]+\]:\s*\S")
_KEY = re.compile(r"\s*(?:- )?[\w.-]+:(?:\s.*)?\Z")
_MARKS = re.compile(
    r"(?m)^[ \t]*(?:(?:```|~~~)[^\n]*|\d{1,3}[.)]|[a-z]\))[ \t]*$|^[ \t]*(?:\d{1,3}[.)]|[a-z]\))[ \t]+\Z"
)
_TAG_ONLY = re.compile(r"(?:\s*<[^<>\n]+>\s*)+\Z|\s*\{[%{].*[%}]\}\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBlock:
    """A stretch of a passage that answers by itself; offsets are within the passage's text."""

    form: Form
    start: int
    end: int
    text: str  # as one reads it: without Markdown's marks, lists in lines
    section: str = ""  # the heading that it stands under within its passage
    sentences: tuple[tuple[int, int], ...] = ()  # where its sentences, items or lines stand


def blocks_of(hit: Hit) -> tuple[AnswerBlock, ...]:
    """Take a passage apart; every block stands in its text to the letter."""
    return _taken_apart(hit.text, hit.kind in CODE_KINDS)


def read_block(form: Form, quote: str, header: Sequence[str] = ()) -> str:
    """Write a block as one reads it."""
    if form == "row":
        cells = [read_plainly(cell) for cell in cells_of(quote)]
        names = header if len(header) == len(cells) else ("",) * len(cells)
        return "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=True) if cell)
    return quote.strip("\n") if form == "code" else read_plainly(quote)


@lru_cache(maxsize=1 << 11)  # judging, looking for conflicts and quoting take the same ones apart
def _taken_apart(text: str, code: bool) -> tuple[AnswerBlock, ...]:  # a cache's key
    found = [item for item in stretches_of(text, code=code) if _WORD.search(text[item.start : item.end])]
    groups = [group for group in _grouped(text, found, code=code) if not _is_noise(text, group)]
    headings = [(item.start(), read_plainly(item["words"])) for item in _HEADING.finditer(text)] if not code else []
    made = (_block(text, group, headings) for group in groups)
    return tuple(block for block in made if block is not None and _WORD.search(block.text))


def _grouped(text: str, found: Sequence[Stretch], *, code: bool) -> Iterator[list[Stretch]]:
    """Yield the stretches of each block: what announces a list or code goes with it, small paragraphs go together."""
    group: list[Stretch] = []
    for item in found:
        if group and not _continues(text, group, item, code=code):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _continues(text: str, group: Sequence[Stretch], item: Stretch, *, code: bool) -> bool:
    before, last = group[0], group[-1]
    between = text[last.end : item.start]
    if code:
        return item.end - before.start <= LONGEST
    if _WORD.search(_MARKS.sub("", between)) or "row" in (item.form, last.form):
        return False
    if item.form == "sentence":
        nested = text[text.rfind("\n", 0, item.start) + 1 : item.start + 1].startswith(("  ", "\t"))
        if last.form == "item":
            return nested
        small = item.end - before.start <= TOGETHER
        return last.form == "sentence" and (small or _announces(text, last)) and not _announces(text, item)
    if last.form == "sentence":
        return _announces(text, last) or last.end - before.start <= ANNOUNCES
    return last.form == item.form or any(one.form == "item" for one in group)


def _announces(text: str, item: Stretch) -> bool:
    return text[item.start : item.end].rstrip(" \n*_").endswith((":", "："))


def _is_noise(text: str, group: Sequence[Stretch]) -> bool:
    """Recognise what is no prose: definitions of links, keys of front matter, tags without words."""
    lines = [line for item in group for line in text[item.start : item.end].splitlines() if line.strip()]
    noise = sum(bool(_DEFINITION.match(line) or _TAG_ONLY.match(line)) for line in lines)
    keys = sum(bool(_KEY.match(line)) for line in lines) if group[0].form == "sentence" else 0
    return noise == len(lines) or (keys == len(lines) and keys > 1)


def _block(text: str, group: Sequence[Stretch], headings: Sequence[tuple[int, str]]) -> AnswerBlock | None:
    start, end = group[0].start, group[-1].end
    section = next((words for place, words in reversed(headings) if place <= start), "")
    forms = {item.form for item in group}
    form: Form = "row" if "row" in forms else "list" if "item" in forms else "code" if "line" in forms else "paragraph"
    pieces = [piece for item in group for piece in _pieces(text, item)]
    if form == "paragraph":  # what announces something that is not shown says nothing
        while pieces and text[pieces[-1][0] : pieces[-1][1]].rstrip(" *_").endswith((":", ",", "：")):
            pieces.pop()
    elif form in ("list", "code") and group[0].form == "sentence" and group[0].end - group[0].start > ANNOUNCES:
        first = sum(piece[1] <= group[0].end for piece in pieces)
        pieces = pieces[max(first - 1, 0) :]
    if not pieces:
        return None
    line = text.rfind("\n", 0, pieces[0][0]) + 1
    lead = line if form != "paragraph" and pieces[0][0] - line <= 8 and group[0].form != "sentence" else pieces[0][0]
    start, end = lead, pieces[-1][1]
    return AnswerBlock(
        form=form,
        start=start,
        end=end,
        text=read_block(form, text[start:end], group[0].header),
        section=section,
        sentences=tuple(pieces),
    )


def _pieces(text: str, item: Stretch) -> Iterator[tuple[int, int]]:
    """Yield a stretch's sentences; an item, a row and a line are one each."""
    starts = [] if item.form != "sentence" else list(sentence_starts(text, item.start, item.end))
    for start, end in zip([item.start, *starts], [*starts, item.end], strict=True):
        stretch = text[start:end]
        left, right = start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())
        if left < right:
            yield left, right
