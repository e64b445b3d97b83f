"""Titles and dates: what a document is called when it does not say so, and dates in one form."""

import re
from datetime import date, datetime
from html import unescape
from html.entities import html5
from pathlib import PurePath

_HEADING = re.compile(r"^ {0,3}#{1,3}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1", re.MULTILINE | re.DOTALL)
_UNDERLINED = re.compile(r"\A\s*(\S[^\n]{0,200})\n=+[ \t]*$", re.MULTILINE)
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]+>|\{#[^}]*\}|[*`]+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")  # never in `Save&copy to file`
_SEARCHED = 20_000  # a title further down is not the document's
_LONGEST = 200


def first_heading(text: str) -> str:
    """Find the first heading of a Markdown text, without its markup."""
    head = _FENCE.sub("", text[:_SEARCHED])
    found = _UNDERLINED.search(head) or _HEADING.search(head)
    return plain_title(_MARKUP.sub(r"\1", found[1])) if found else ""


def readable_name(name: str) -> str:
    """Make a file's name readable: travel_policy-2024.md becomes Travel policy 2024."""
    words = re.sub(r"[_\-\s]+", " ", PurePath(name).stem).strip()
    return words[:1].upper() + words[1:] if words else name


def plain_title(title: str) -> str:
    """Put a title on one line of a bearable length, with `&amp;` and its like read as what they stand for."""
    return " ".join(_ENTITY.sub(_meant, title).split())[:_LONGEST].strip()


def _meant(entity: re.Match[str]) -> str:
    """Read an entity; `unescape` alone would read one that doesn't exist by its beginning, as `¬hing;`."""
    return unescape(entity[0]) if entity[0][1] == "#" or entity[0][1:] in html5 else entity[0]


def iso_date(value: object) -> str:
    """Write a date as ISO 8601, or give nothing for what is not one."""
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if not isinstance(value, str):
        return ""
    try:
        return datetime.fromisoformat(value.strip()).isoformat() if len(value.strip()) > 10 else _day(value.strip())
    except ValueError:
        return ""


def _day(value: str) -> str:
    return date.fromisoformat(value).isoformat()
