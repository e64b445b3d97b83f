"""Questions that cells of tables answer: what a column says of a row."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from agents.heuristics.sentences import cells_of, units_of
from eval.question_generation.candidates import QuestionCandidate, candidate, plain
from eval.rating.pages import hit_of
from retriever.library.rows import Placed

MOST = 2  # of one passage; a table has as many as it has cells
LONGEST_ROW, LONGEST_COLUMN = 6, 5  # words of a row's and of a column's name
LONGEST_CELL = 160  # characters

_WORD = re.compile(r"\w+")
_ASIDE = re.compile(r"\s*\([^)]*\)\s*$")
_NAMELESS = frozenset({"note", "notes", "comment", "comments", "remark", "remarks", "#", "no", "id", "nr", "other"})
_NOTHING = frozenset({"", "-", "–", "—", "n/a", "none", "?", "x", "yes", "no"})
_NO_NAME = re.compile(r"[\W\d_]*")  # a number or a date names a row only for those who have the table before them
_ASKING = re.compile(r"who|what|when|where|how|which|why", re.IGNORECASE)
_HEAD = re.compile(r"^.+?(?= (?:per|a|an|and|of|in|for|from|to) |,|$)")
_PLURAL = re.compile(r"\w*[^s\W\d]s\Z")
# A column that begins so is the rest of a sentence whose beginning is the row.
_PIECE = re.compile(
    r"(?:by|from|to|at|with|also|may|can|lets?|ends?|lasts?|for|in|on|is|are|has|up|if|not|what|until|about|since|would|approves?|needs?|per)\Z",
    re.IGNORECASE,
)


def from_tables(item: Placed, *, opens: bool) -> Iterator[QuestionCandidate]:
    """Find what the tables of a passage answer, a few cells of them."""
    del opens  # every row stands with its header
    hit = hit_of(item, 1)
    whole = replace(hit, text=f"{item.passage.preface}\n{hit.text}") if item.passage.preface else hit
    rows = [(unit.header, cells_of(unit.text), unit.text) for unit in units_of(whole) if unit.form == "row"]
    found = [
        made
        for header, group in groupby(rows, key=lambda row: row[0])
        for made in _of_table(header, [(cells, text) for _, cells, text in group], item)
    ]
    yield from sorted(found, key=_lot)[:MOST]


def _of_table(
    header: tuple[str, ...], rows: list[tuple[tuple[str, ...], str]], item: Placed
) -> Iterator[QuestionCandidate]:
    if sum(map(bool, header)) <= 1 and rows:  # a title over the whole width; the names stand in the row below it
        header, rows = rows[0][0], rows[1:]
    names = Counter(cells[0] for cells, _ in rows)
    columns = [plain(_ASIDE.sub("", name)) for name in header]
    for cells, text in rows:
        if len(cells) != len(columns) or names[cells[0]] > 1 or not _is_row_name(cells[0]):
            continue
        for column, cell in list(zip(columns, cells, strict=True))[1:]:
            if not _is_column_name(column) or plain(cell).casefold() in _NOTHING or len(cell) > LONGEST_CELL:
                continue
            row = plain(cells[0])
            # Over a corner that is empty stand the things, and beside it what is said of them.
            asked = question_of(column, row) if columns[0] else question_of(row, column)
            made = candidate(asked, "table", item, text, cell)
            if made is not None:
                yield made


def question_of(column: str, row: str) -> str:
    """Ask for a cell."""
    name = column if column[1:2].isupper() else column[:1].lower() + column[1:]
    if name in {"meaning", "means", "description", "it is", "what it is"}:
        return f"What does {row} mean?"
    if name in {"what to do", "action", "remedy", "fix"}:
        return f"What should I do about {row}?"
    if _ASKING.match(name):
        return f"{row}: {name}?"
    if name.endswith("?"):
        return f"{row}: {name}"
    head = _HEAD.match(name)
    return f"What {'are' if head and _PLURAL.search(head[0]) else 'is'} the {name} of {row}?"


def _is_row_name(cell: str) -> bool:
    words = _WORD.findall(plain(cell))
    return 1 <= len(words) <= LONGEST_ROW and not _NO_NAME.fullmatch(cell)


def _is_column_name(name: str) -> bool:
    words = _WORD.findall(name)
    if not 1 <= len(words) <= LONGEST_COLUMN or name.casefold() in _NAMELESS or _NO_NAME.fullmatch(name):
        return False
    return not _PIECE.match(words[0]) or (len(words) > 1 and bool(_ASKING.match(name)))


def _lot(made: QuestionCandidate) -> str:
    """Draw cells, the same ones each time."""
    return hashlib.sha256(f"{made.text}\0{made.quote}".encode()).hexdigest()
