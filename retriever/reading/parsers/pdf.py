"""PDF files, page by page."""

import io
import re
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from retriever.reading.bookmarks import find_headings, mark_headings
from retriever.reading.draft import FileContent, ParserOutput
from retriever.reading.limits import Refused, refuse_over

_MOST_PAGES = 20_000
_HYPHEN = re.compile(r"(?<=[a-z])[-\u00ad\u2010]\n(?=[a-z])")  # a word broken at the end of a line
_SHOWN = 10


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
