"""Titles and dates: what a document is called when it does not say so, and dates in one form."""

import re
from datetime import date, datetime
from pathlib import PurePath

_HEADING = re.compile(r"^ {0,3}#{1,3}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1", re.MULTILINE | re.DOTALL)
_UNDERLINED = re.compile(r"\A\s*(\S[^\n]{0,200})\n=+[ \t]*$", re.MULTILINE)
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]+>|\{#[^}]*\}|[*`]+")
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
    """Put a title on one line of a bearable length."""
    return " ".join(title.split())[:_LONGEST].strip()


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
