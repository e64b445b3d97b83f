"""Web pages, and whatever another parser turned into HTML, without the parts that no reader sees."""

import re

from bs4 import BeautifulSoup, Tag

from retriever.reading.markup import to_markdown
from retriever.reading.metadata import iso_date
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.sniffing import decode

UNREAD = (  # noqa: SIM905 -- words read better as words
    "script style noscript template head nav footer iframe object embed svg canvas audio video select button textarea "
    "map"
).split()
UNREAD_ROLES = frozenset({"navigation", "contentinfo"})
_INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|font-size\s*:\s*0*(\.0+)?(px|pt|em|rem|%)?\s*(;|!|$)"
    r"|opacity\s*:\s*0*(\.0+)?\s*(;|!|$)|mso-hide\s*:\s*all",
    re.IGNORECASE,
)
_WHITE = r"(white|#fff\b|#ffffff\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))"
_WHITE_TEXT = re.compile(rf"(^|[;\s])color\s*:\s*{_WHITE}", re.IGNORECASE)
_BACKGROUND = re.compile(
    rf"background(-color|-image)?\s*:\s*(?!{_WHITE}|transparent|none|inherit|initial)", re.IGNORECASE
)
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


def drop_unread(soup: BeautifulSoup) -> int:
    """Remove what is not text and what is hidden, and count the hidden words."""
    for tag in soup.find_all(UNREAD):
        tag.extract()
    for tag in soup.find_all(role=True):
        if str(tag["role"]).lower() in UNREAD_ROLES:
            tag.extract()
    hidden = [tag for tag in soup.find_all(_may_hide) if _is_hidden(tag)]
    words = sum(len(tag.get_text(" ").split()) for tag in hidden if not any(above in hidden for above in tag.parents))
    for tag in hidden:
        tag.extract()
    return words


def _may_hide(tag: Tag) -> bool:
    return tag.has_attr("hidden") or tag.has_attr("style") or (tag.name == "font" and tag.has_attr("color"))


def _is_hidden(tag: Tag) -> bool:
    if tag.has_attr("hidden") and str(tag["hidden"]).lower() != "until-found":
        return True
    style = str(tag.get("style") or "")
    return bool(_INVISIBLE.search(style)) or (_is_white(tag, style) and not _is_on_colour(tag))


def _is_white(tag: Tag, style: str) -> bool:
    return bool(_WHITE_TEXT.search(style)) or str(tag.get("color") or "").lower() in {"white", "#fff", "#ffffff"}


def _is_on_colour(tag: Tag) -> bool:
    """White text is an ordinary choice on a dark bar: it is hidden only where nothing around it has a colour."""
    return any(_has_colour(above) for above in (tag, *tag.parents))


def _has_colour(tag: Tag) -> bool:
    return bool(_BACKGROUND.search(str(tag.get("style") or ""))) or bool(tag.get("bgcolor") or tag.get("background"))


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
