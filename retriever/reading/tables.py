"""Rows as Markdown pipe tables."""

from collections.abc import Iterable, Sequence

from retriever.reading.limits import ReadLimits, Refused, refuse_over


def pipe_table(rows: Iterable[Sequence[str]], limits: ReadLimits) -> str:
    """Write rows as a Markdown table whose header is the first row."""
    cells = [_trimmed(row) for row in _bounded(rows, limits)]
    width = max((len(row) for row in cells), default=0)
    if width == 0:
        return ""
    refuse_over(3 * width * len(cells), limits)  # a short row is padded: one wide row can make every row wide
    lines = [_line(row, width) for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _bounded(rows: Iterable[Sequence[str]], limits: ReadLimits) -> Iterable[Sequence[str]]:
    size = 0
    for row in rows:
        if len(row) > limits.columns:
            raise Refused(f"a row of {len(row):,} columns; at most {limits.columns:,} are read", "unsafe")
        size += sum(map(len, row)) + 3 * len(row)
        refuse_over(size, limits)
        yield row


def _trimmed(row: Sequence[str]) -> list[str]:
    cells = [" ".join(cell.split()).replace("|", "\\|") for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _line(row: list[str], width: int) -> str:
    return "| " + " | ".join(row + [""] * (width - len(row))) + " |"
