"""HTML as Markdown: what web pages, word processors, books and e-mail have in common."""

import re
from copy import copy
from typing import Any, cast

from bs4 import BeautifulSoup, Tag
from markdownify import ATX, MarkdownConverter

_LINKS_KEPT = ("https://", "http://", "mailto:")  # a relative address means nothing away from its page
_LANGUAGE = re.compile(r"(?:language|lang|highlight-source|highlight|brush:?)[-:\s]?(\w[\w+#]*)")
_CELLS = frozenset({"td", "th"})
_BLANK_LINES = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_WIDEST = 1000  # columns or rows that one cell may reach over


class _Converter(MarkdownConverter):
    """Markdownify, without what would be noise in a search or a request in a page that shows the text."""

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep a picture's description and drop its address."""
        del text, parent_tags
        return str(el.get("alt") or "")

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep a link's address where it leads somewhere on its own."""
        address = str(el.get("href") or "").strip()
        label = " ".join(text.split())
        if not label or "_noformat" in parent_tags or not address.lower().startswith(_LINKS_KEPT):
            return text
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        address = re.sub(r"[\s()<>]", _percent, address)
        return f"{before}<{address}>{after}" if label == address else f"{before}[{label}]({address}){after}"

    def convert_span(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Take docutils' word for code, which is a span."""
        is_code = "literal" in (el.get("class") or ()) and "_noformat" not in parent_tags
        return f"`{text.strip()}`" if is_code and text.strip() else text

    def convert_input(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Show a ticked box as ticked."""
        del text, parent_tags
        if el.get("type") != "checkbox":
            return ""
        return "[x] " if el.has_attr("checked") else "[ ] "

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep a cell on one line; a table inside a cell becomes words."""
        words = " ".join(text.split())
        if not _CELLS.isdisjoint(parent_tags):
            return f"{words} "
        width = span_of(el, "colspan")
        return f" {words.replace('|', chr(92) + '|')} |" + "  |" * (width - 1)

    convert_th = convert_td

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Write a row; one of a table inside a cell becomes words."""
        if not _CELLS.isdisjoint(parent_tags):
            return text
        return str(cast("Any", super()).convert_tr(el, text, parent_tags))


def to_markdown(soup: BeautifulSoup | Tag) -> str:
    """Write a cleaned HTML tree as Markdown."""
    spread_rows(soup)
    converter = _Converter(
        heading_style=ATX,
        bullets="-",
        escape_asterisks=False,
        escape_underscores=False,
        table_infer_header=True,
        wrap=True,  # a line end in HTML is a space
        wrap_width=None,
        code_language_callback=_code_language,
    )
    return tidy(converter.convert_soup(soup))


def tidy(text: str) -> str:
    """Take out the blank that conversion leaves at line ends and between blocks."""
    return _BLANK_LINES.sub("\n\n", _TRAILING.sub("", text)).strip()


def _code_language(pre: Tag) -> str:
    inner = pre.find("code")
    for tag in (pre, inner, pre.parent):
        names = tag.get("class") if tag else None
        found = _LANGUAGE.search(" ".join(names) if isinstance(names, list) else str(names or ""))
        if found:
            return found[1].lower()
    return ""


def _percent(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"


def span_of(cell: Tag, name: str) -> int:
    """Say over how many rows or columns a cell reaches."""
    value = str(cell.get(name) or "1")
    return max(1, min(int(value), _WIDEST)) if value.isdecimal() else 1


def spread_rows(soup: BeautifulSoup | Tag) -> None:
    """Copy each cell that reaches over several rows into the rows that it reaches over."""
    for table in {
        id(table): table for cell in soup.find_all(rowspan=True) if (table := cell.find_parent("table"))
    }.values():
        rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
        pending: dict[int, tuple[Tag, int]] = {}  # by column: the cell, and how many rows it still reaches over
        for row in rows:
            pending = _spread(row, pending)


def _spread(row: Tag, pending: dict[int, tuple[Tag, int]]) -> dict[int, tuple[Tag, int]]:
    own = list(row.find_all(["td", "th"], recursive=False))
    column = 0
    left: dict[int, tuple[Tag, int]] = {}
    while own or column in pending:
        if column in pending:
            cell, rows = pending[column]
            _insert(row, cell, own[0] if own else None)
        else:
            cell = own.pop(0)
            rows = span_of(cell, "rowspan")
        if rows > 1:
            left[column] = (cell, rows - 1)
        column += span_of(cell, "colspan")
    return left


def _insert(row: Tag, cell: Tag, before: Tag | None) -> None:
    twin = copy(cell)
    del twin["rowspan"]
    if before is None:
        row.append(twin)
    else:
        before.insert_before(twin)
