"""Tables and lines of foreign text, which can't act on the terminal."""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

UNBOUNDED = 10_000  # columns, when no terminal says how many there are


def visible(text: str) -> str:
    """Make text safe to print: control characters could write anything to a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def visible_lines(text: str) -> str:
    """Make a text of several lines safe to print."""
    return "\n".join(visible(line) for line in text.split("\n"))


def print_table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, wrapped on a terminal and whole when piped."""
    table = Table(*names, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else UNBOUNDED).print(table)
