"""Markdown: kept as it was written, without its front matter."""

import re
import tomllib
from typing import cast

from retriever.reading.metadata import iso_date
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.sniffing import decode

_FRONT = re.compile(r"\A\s*(---|\+\+\+)[ \t]*\r?\n(.{0,20000}?)^\1[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_DATES = ("last_reviewed", "updated", "lastmod", "modified", "date")


def parse(source: FileContent) -> ParserOutput:
    """Read a Markdown file; title and date come from its front matter."""
    text = decode(source.data)
    found = _FRONT.match(text)
    fields = _fields(found[1], found[2]) if found else {}
    if not found or not fields:
        return ParserOutput(text=text)
    title = fields.get("title")
    date = next(filter(None, (iso_date(fields.get(name)) for name in _DATES)), "")
    return ParserOutput(text=text[found.end() :], title=title if isinstance(title, str) else "", date=date)


def _fields(mark: str, block: str) -> dict[str, object]:
    try:
        value = tomllib.loads(block) if mark == "+++" else _load_yaml(block)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _load_yaml(block: str) -> object:
    import yaml  # costs as much as a hundred small files, and most have no front matter

    try:
        return cast("object", yaml.safe_load(block))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
