"""Reports as Markdown."""

from collections.abc import Sequence

from eval.reports.blocks import Block, Fold, Heading, Paragraph, Picture, Report, Table


def to_markdown(report: Report) -> str:
    """Write a report as Markdown."""
    return "\n\n".join([f"# {_safe(report.title)}", *(_write(block) for block in report.blocks)]) + "\n"


def _write(block: Block) -> str:
    match block:
        case Heading(text=text):
            return f"## {_safe(text)}"
        case Paragraph(text=text, warning=warning):
            return f"**{_safe(text)}**" if warning else _safe(text)
        case Table():
            return _table(block)
        case Picture(caption=caption):
            return f"*{_safe(caption)} (picture in report.html)*"
        case Fold(title=title, blocks=blocks):
            return "\n\n".join([f"### {_safe(title)}", *map(_write, blocks)])


def _table(table: Table) -> str:
    lines = [_row(table.names), _row(["---", *("--:" if table.figures else "---" for _ in table.names[1:])])]
    return "\n".join([*lines, *map(_row, table.rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_safe(cell) for cell in cells)} |"


def _safe(text: str) -> str:
    """Keep text from becoming markup: questions and titles come from anywhere."""
    flat = " ".join(text.split())
    for letter in "\\`*_[]|":
        flat = flat.replace(letter, f"\\{letter}")
    return flat.replace("<", "&lt;")
