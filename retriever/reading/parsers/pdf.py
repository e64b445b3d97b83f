"""PDF files, page by page; bookmarks are headings, the one sign of structure that survives in most PDFs."""

import io
import re
from collections.abc import Iterator
from typing import cast

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import Destination

from retriever.reading.limits import Refused, refuse_over
from retriever.reading.parsed import FileContent, ParserOutput

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
_MOST_PAGES = 20_000
_HYPHEN = re.compile(r"(?<=[a-z])[-\u00ad\u2010]\n(?=[a-z])")  # a word broken at the end of a line
_SHOWN = 10


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


def parse(source: FileContent) -> ParserOutput:
    """Read a PDF that has text in it; a scan without a text layer is refused."""
    try:
        reader = PdfReader(io.BytesIO(source.data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("password-protected PDF", "password")
        pages = list(_read_pages(reader, source))
        title = str(reader.metadata.title or "") if reader.metadata else ""
    except PyPdfError as error:
        raise Refused(f"damaged or truncated PDF: {error}") from error
    bare = [number for number, page in enumerate(pages, start=1) if not page]
    if len(bare) == len(pages):
        reason = "no text in it: its pages are images or damaged, and Hone doesn't recognise text in images"
        raise Refused(reason, "empty")
    return ParserOutput(pages=tuple(pages), title=_usable(title), warnings=_warn_bare(bare))


def _read_pages(reader: PdfReader, source: FileContent) -> Iterator[str]:
    size = 0
    headings = find_headings(reader)
    for number, page in enumerate(reader.pages):
        if number >= _MOST_PAGES:
            raise Refused(f"more than {_MOST_PAGES:,} pages", "unsafe")
        text = _HYPHEN.sub("", page.extract_text()).strip()
        size += len(text)
        refuse_over(size, source.limits)
        yield mark_headings(text, headings.get(number, {})).strip()


def _usable(title: str) -> str:
    """Refuse the titles that programs put in by themselves: a file's name, or nothing."""
    return "" if re.search(r"\.\w{2,5}$|^untitled|^microsoft \w+ - ", title.strip(), re.IGNORECASE) else title


def _warn_bare(bare: list[int]) -> tuple[str, ...]:
    if not bare:
        return ()
    shown = ", ".join(map(str, bare[:_SHOWN])) + (" and more" if len(bare) > _SHOWN else "")
    return (f"pages without text: {shown}",)
