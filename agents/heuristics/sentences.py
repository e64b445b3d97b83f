"""A passage taken apart into what can be quoted: sentences, list items, table rows and lines of code, with offsets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from agents.records import Citation, Evidence
from hone.records import Hit
from retriever.cutting.sentences import sentence_starts
from retriever.reading.formats import FORMATS

Form = Literal["sentence", "item", "row", "line"]

LONGEST_ITEM = 320  # characters; a longer list item is quoted by sentence
CODE_KINDS = frozenset(item.name for item in FORMATS if item.syntax == "code")

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s|\s*[=-]{3,}\s*\Z")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_ROW = re.compile(r"\s*\|.*\|\s*\Z")
_RULE = re.compile(r"\s*\|(?:\s*:?-+:?\s*\|)+\s*\Z")
_ITEM = re.compile(r"\s*(?:[-*+•–]|\d{1,3}[.)]|[a-z]\))\s+")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A stretch of a passage that can stand as a quote; offsets are within the passage's text."""

    form: Form
    text: str
    start: int
    end: int
    header: tuple[str, ...] = ()  # a table's column names, for a row of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A paragraph, a list item, a table row or a line of code; offsets are within the passage's text."""

    form: Form
    start: int
    end: int
    header: tuple[str, ...] = ()


def stretches_of(text: str, *, code: bool) -> tuple[Stretch, ...]:
    """Take a text apart into paragraphs, items, rows and lines; headings name their section and are none of them."""
    return tuple(_code_lines(text) if code else _blocks(text))


def units_of(hit: Hit) -> tuple[Unit, ...]:
    """Take a passage apart; every unit stands in its text to the letter."""
    return _taken_apart(hit.text, hit.kind in CODE_KINDS)


@lru_cache(maxsize=1 << 11)  # judging, looking for conflicts and quoting take the same ones apart
def _taken_apart(text: str, code: bool) -> tuple[Unit, ...]:  # a cache's key
    return tuple(
        unit for block in stretches_of(text, code=code) for unit in _units(text, block) if _WORD.search(unit.text)
    )


def cells_of(row: str) -> tuple[str, ...]:
    """Split a table row into cells."""
    return tuple(cell.strip() for cell in row.strip().strip("|").split("|"))


def read_aloud(unit: Unit) -> str:
    """Write a unit as one reads it: a row with its column names, all else as it stands on one line."""
    if unit.form == "row":
        cells = cells_of(unit.text)
        names = unit.header if len(unit.header) == len(cells) else ("",) * len(cells)
        return "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=True) if cell)
    return " ".join(unit.text.split())


def _units(text: str, block: Stretch) -> Iterator[Unit]:
    whole = block.form in {"row", "line"} or (block.form == "item" and block.end - block.start <= LONGEST_ITEM)
    starts = [] if whole else list(sentence_starts(text, block.start, block.end))
    for start, end in zip([block.start, *starts], [*starts, block.end], strict=True):
        stretch = text[start:end]
        left, right = start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())
        if left < right:
            yield Unit(form=block.form, text=text[left:right], start=left, end=right, header=block.header)


def _code_lines(text: str) -> Iterator[Stretch]:
    for line in _LINE.finditer(text):
        yield Stretch(form="line", start=line.start(), end=line.end())


def _blocks(text: str) -> Iterator[Stretch]:
    """Yield paragraphs, items, rows and fenced lines in order; headings name their section and are no answer."""
    fenced, header, open_block = False, tuple[str, ...](), None
    previous_row = ""
    for line in _LINE.finditer(text):
        content = line.group().rstrip("\n")
        form = _form_of(content, fenced=fenced)
        if form == "fence":
            fenced = not fenced
        if open_block is not None and form != "more":
            yield open_block
            open_block = None
        if form == "rule":
            header = cells_of(previous_row)
        elif form == "row":
            previous_row = content
            following = text[line.end() : text.find("\n", line.end())]
            if not _RULE.match(following):
                yield Stretch(form="row", start=line.start(), end=line.end(), header=header)
        elif form == "line":
            yield Stretch(form="line", start=line.start(), end=line.end())
        elif form in {"item", "more"}:
            open_block = _grown(open_block, line, content, form)
        if form not in {"row", "rule"}:
            header = ()
    if open_block is not None:
        yield open_block


def _form_of(
    content: str, *, fenced: bool
) -> Literal["fence", "line", "blank", "heading", "rule", "row", "item", "more"]:
    if _FENCE.match(content):
        return "fence"
    if fenced:
        return "line"
    if not content.strip():
        return "blank"
    if _HEADING.match(content):
        return "heading"
    if _RULE.match(content):
        return "rule"
    if _ROW.match(content):
        return "row"
    return "item" if _ITEM.match(content) else "more"


def _grown(block: Stretch | None, line: re.Match[str], content: str, form: str) -> Stretch:
    if block is not None:
        return Stretch(form=block.form, start=block.start, end=line.end())
    marker = _ITEM.match(content)
    if form == "item" and marker:
        return Stretch(form="item", start=line.start() + marker.end(), end=line.end())
    return Stretch(form="sentence", start=line.start(), end=line.end())


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpan:
    """A stretch of a passage's text."""

    start: int
    end: int


def find_quote(quote: str, text: str, near: int = 0) -> TextSpan | None:
    """Find a quote, at the place it claims first; white space may differ, nothing else."""
    if not quote.strip():
        return None
    if text.startswith(quote, max(near, 0)):
        return TextSpan(start=max(near, 0), end=max(near, 0) + len(quote))
    start = text.find(quote)
    if start >= 0:
        return TextSpan(start=start, end=start + len(quote))
    loose = re.search(r"\s+".join(map(re.escape, quote.split())), text)
    return TextSpan(start=loose.start(), end=loose.end()) if loose else None


def cite(evidence: Evidence, span: TextSpan) -> Citation:
    """Cite a stretch of a passage, by its place in the document's stored text."""
    hit = evidence.hit
    return Citation(
        number=evidence.number,
        document=hit.document,
        passage=hit.passage,
        quote=hit.text[span.start : span.end],
        start=hit.start + span.start,
        end=hit.start + span.end,
        title=hit.title,
        url=hit.url,
        page=hit.page,
        modified=hit.modified,
    )
