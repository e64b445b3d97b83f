"""Cells that reach over several rows, written into each of them: a row is found and read on its own."""

from copy import copy

from bs4 import BeautifulSoup, Tag

_WIDEST = 1000  # columns or rows that one cell may reach over


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
