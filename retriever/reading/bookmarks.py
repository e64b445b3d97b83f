"""A PDF's bookmarks as headings: the one sign of structure that survives in most PDFs."""

from collections.abc import Iterator
from typing import cast

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import Destination

_MOST = 5_000
_DEEPEST = 6
_BROKEN = (
    PyPdfError,
    RecursionError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
)  # what pypdf raises for bad outlines


def find_headings(reader: PdfReader) -> dict[int, dict[str, int]]:
    """Find by page number the titles that bookmarks point at there, with their levels; none when they are damaged."""
    found: dict[int, dict[str, int]] = {}
    try:
        for number, (mark, level) in enumerate(_walk(cast("list[object]", reader.outline), 1)):
            if number >= _MOST:
                break
            page = reader.get_destination_page_number(mark)
            if page is not None:
                found.setdefault(page, {})[_same(mark.title or "")] = level
    except _BROKEN:
        return {}
    return found


def mark_headings(text: str, titles: dict[str, int]) -> str:
    """Make headings of the lines that say what a bookmark says."""
    if not titles:
        return text
    return "\n".join(_mark(line, titles) for line in text.split("\n"))


def _mark(line: str, titles: dict[str, int]) -> str:
    level = titles.get(_same(line)) if line.strip() else None
    return f"\n{'#' * level} {line.strip()}\n" if level else line


def _walk(marks: list[object], level: int) -> Iterator[tuple[Destination, int]]:
    for mark in marks:
        if isinstance(mark, Destination):
            yield mark, level
        elif isinstance(mark, list) and level < _DEEPEST:
            yield from _walk(cast("list[object]", mark), level + 1)


def _same(title: str) -> str:
    """Compare titles by their letters: a PDF's spaces come and go."""
    return "".join(title.split()).casefold()
