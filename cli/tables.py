"""Tables, JSON, and lines of foreign text, which can't act on the terminal."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import typer
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


def print_json(value: object, indent: int | None = 2) -> None:
    """Print JSON for programs."""
    typer.echo(json_of(value, indent))


def json_of(value: object, indent: int | None = None) -> str:
    """Write JSON: records by their fields, moments as the log writes them, sets in order."""
    return json.dumps(value, default=_plain, ensure_ascii=False, indent=indent)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        from hone.log.rows import stamp

        return stamp(value)
    return sorted(value) if isinstance(value, frozenset) else asdict(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # any set
