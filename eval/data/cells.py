"""A CSV's rows, whose cells hold lists as JSON or as Python writes them."""

import ast
import csv
import io
import json
import tokenize
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from eval.data.problems import Problems
from eval.data.rows import DatasetRow

LISTS = frozenset(name for name in DatasetRow.model_fields if name.endswith(("contexts", "_ids", "responses")))
MAPPINGS = frozenset({"rubrics", "tags"})
LONGEST_CELL = 1 << 26  # characters; the csv module refuses more than 131,072 unless told


def csv_rows(file: Path, problems: Problems) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the rows with the numbers of the lines on which they begin; an empty cell is a field left out."""
    text = "\n".join(line for _, line in _whole(file, problems))
    reader = csv.DictReader(io.StringIO(text), strict=True)
    began = 2
    with _long_cells():
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                problems.add(began, f"it isn't valid CSV: {error}", file)
                return
            if row is None:
                return
            yield began, _fields(row, began, file, problems)
            began = reader.line_num + 1


def _whole(file: Path, problems: Problems) -> Iterator[tuple[int, str]]:
    """Yield every line, empty ones too: a cell may hold them."""
    before = 0
    for number, line in problems.lines(file):
        yield from ((missing, "") for missing in range(before + 1, number))
        yield number, line
        before = number


def _fields(row: dict[str | Any, Any], line: int, file: Path, problems: Problems) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, cell in row.items():
        if name is None:
            problems.add(line, f"it has {len(cell)} more cells than the header has names", file)
        elif cell:
            found[name] = _value(name, cell, line, file, problems)
    return found


def _value(name: str, cell: str, line: int, file: Path, problems: Problems) -> Any:
    conversation = name == "user_input" and cell.lstrip().startswith("[{")
    if name not in LISTS | MAPPINGS and not conversation:
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        pass
    try:
        if _runs_together(cell):
            raise ValueError("texts without a comma between them, as numpy prints them")
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError, tokenize.TokenError) as error:
        problems.add(line, f"{name}: it isn't a JSON or Python list ({error})", file)
        return [] if name in LISTS else {}


def _runs_together(cell: str) -> bool:
    """Check whether two texts stand side by side, which Python would silently read as one."""
    kinds = [token.type for token in tokenize.generate_tokens(io.StringIO(cell).readline) if token.string.strip()]
    return any(one == other == tokenize.STRING for one, other in pairwise(kinds))


@contextmanager
def _long_cells() -> Generator[None]:
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)
