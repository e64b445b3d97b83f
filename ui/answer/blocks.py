"""An answer's text as blocks and runs: paragraphs, lists and tables of words, emphasis and citation marks."""

import re
from collections.abc import Callable, Iterator
from typing import Any

Cite = Callable[[int, int], int | None]  # a mark's number and place in the text → the reference it names, if any
Run = dict[str, Any]  # {"text": …} with "bold" or "code", or {"cite": reference}
# {"kind": "p", "runs"}, {"kind": "list", "ordered", "items"}, {"kind": "table", "rows"} or {"kind": "code", "text",
# "cites"}
Block = dict[str, Any]

INLINE = re.compile(r"\s?\[(?P<mark>\d{1,3})\]|\*\*(?P<bold>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`")
BULLET = re.compile(r"\s*[-*•]\s+")
NUMBERED = re.compile(r"\s*\d{1,2}[.)]\s+")
RULE = re.compile(r"[\s|:-]+")


def blocks_of(text: str, cite: Cite) -> list[Block]:
    """Cut a text into blocks, asking for the reference of every citation mark."""
    return [block for start, paragraph in _stretches(text, r"\n[ \t]*\n") for block in _blocks(start, paragraph, cite)]


def runs_of(text: str, cite: Cite, at: int = 0) -> list[Run]:
    """Cut a line into runs; `at` is where in the whole text it begins."""
    runs: list[Run] = []
    place = 0
    for found in INLINE.finditer(text):
        run = _run(found, cite, at)
        if run is None:
            continue
        if before := text[place : found.start()]:
            runs.append({"text": before})
        runs.append(run)
        place = found.end()
    if rest := text[place:]:
        runs.append({"text": rest})
    return runs


def _run(found: re.Match[str], cite: Cite, at: int) -> Run | None:
    if found["mark"]:
        reference = cite(int(found["mark"]), at + found.start("mark"))
        return None if reference is None else {"cite": reference}
    return {"text": found["bold"], "bold": True} if found["bold"] else {"text": found["code"], "code": True}


def _blocks(start: int, paragraph: str, cite: Cite) -> Iterator[Block]:
    lines = [(start + place, line) for place, line in _stretches(paragraph, r"\n")]
    for kind, group in _alike(lines):
        if kind == "table":
            rows = [(at, line) for at, line in group if not RULE.fullmatch(line)]
            yield {"kind": "table", "rows": [_cells(at, line, cite) for at, line in rows]}
        elif kind == "p":
            first = group[0][0]
            yield {"kind": "p", "runs": runs_of(_joined(group), cite, first)}
        else:
            lead = BULLET if kind == "bullets" else NUMBERED
            items = [(at, line, lead.match(line)) for at, line in group]
            yield {
                "kind": "list",
                "ordered": kind == "numbers",
                "items": [runs_of(line[found.end() :], cite, at + found.end()) for at, line, found in items if found],
            }


def _alike(lines: list[tuple[int, str]]) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """Group lines that make one block."""
    group: list[tuple[int, str]] = []
    last = ""
    for at, line in lines:
        kind = _kind(line)
        if group and kind != last:
            yield last, group
            group = []
        group.append((at, line))
        last = kind
    if group:
        yield last, group


def _kind(line: str) -> str:
    if line.lstrip().startswith("|") and line.count("|") > 1:
        return "table"
    return "bullets" if BULLET.match(line) else "numbers" if NUMBERED.match(line) else "p"


def _cells(at: int, line: str, cite: Cite) -> list[list[Run]]:
    inner = line.strip().strip("|")
    start = at + line.index(inner)
    return [runs_of(cell.strip(), cite, start + place) for place, cell in _stretches(inner, r"\|", empty=True)]


def _joined(group: list[tuple[int, str]]) -> str:
    """Put lines together so that every place in them stays where it was."""
    return "\n".join(line for _, line in group)


def _stretches(text: str, between: str, *, empty: bool = False) -> Iterator[tuple[int, str]]:
    """Split a text, giving each part with its place."""
    start = 0
    for found in re.finditer(between, text):
        if empty or text[start : found.start()].strip():
            yield start, text[start : found.start()]
        start = found.end()
    if empty or text[start:].strip():
        yield start, text[start:]
