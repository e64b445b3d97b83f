"""Web pages, and whatever another parser turned into HTML."""

import re

from bs4 import BeautifulSoup, Tag

from retriever.reading.dates import iso_date
from retriever.reading.decoding import decode
from retriever.reading.draft import FileContent, ParserOutput
from retriever.reading.hiding import drop_unread
from retriever.reading.markup import to_markdown

_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w-]+)", re.IGNORECASE
)
_DATES = (
    "article:modified_time",
    "last-modified",
    "dcterms.modified",
    "article:published_time",
    "date",
    "dcterms.date",
)


def parse(source: FileContent) -> ParserOutput:
    """Read a web page."""
    return read_html(decode_page(source.data))


def read_html(html: str) -> ParserOutput:
    """Read HTML text: its title and date, and the body as Markdown."""
    soup = BeautifulSoup(html, "lxml")
    title, date = _title(soup), _date(soup)
    hidden = drop_unread(soup)
    warnings = (f"{hidden:,} hidden words removed",) if hidden else ()
    return ParserOutput(text=to_markdown(soup), title=title, date=date, warnings=warnings)


def decode_page(data: bytes) -> str:
    """Decode a page as it asks to be decoded, or as any text file."""
    declared = _CHARSET.search(data[:2048])
    name = (declared[1] or declared[2]).decode("ascii") if declared else ""
    try:
        return data.decode(name) if name.lower() not in {"", "utf-8", "utf8", "utf-16"} else decode(data)
    except (LookupError, UnicodeDecodeError):  # a declaration is often wrong
        return decode(data)


def _title(soup: BeautifulSoup) -> str:
    """Take what the page is called, without its site's name: "Leave | Wiki" on a page headed "Leave" is "Leave"."""
    named, heading = (
        " ".join(tag.get_text(" ").split()) if tag else "" for tag in (soup.find("title"), soup.find("h1"))
    )
    return heading if heading and named.startswith(heading) else named


def _date(soup: BeautifulSoup) -> str:
    stated: dict[str, str] = {}
    for meta in soup.find_all("meta"):
        stated.setdefault(_name(meta), str(meta.get("content") or ""))
    return next(filter(None, (iso_date(stated.get(name)) for name in _DATES)), "")


def _name(meta: Tag) -> str:
    return str(meta.get("property") or meta.get("name") or "").lower()
