"""Reports written out: as one HTML file with no script and no request to anywhere, and as Markdown."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from eval.reports.blocks import Block, Fold, Heading, Paragraph, Picture, Report, Table
from eval.runs import EvalRun

# Nothing may be loaded or run, so that a question or a title in a report can do nothing whatever it says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #64748b; --line: #d9dee6; --page: #fff; --warn: #9a3412;
  --c0: #2563eb; --c1: #d97706; --c2: #059669; --c3: #9333ea; --c4: #dc2626; --c5: #0891b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e2e8f0; --soft: #94a3b8; --line: #334155; --page: #10161f;
  --warn: #fdba74; --c0: #60a5fa; --c1: #fbbf24; --c2: #34d399; --c3: #c084fc; --c4: #f87171; --c5: #22d3ee; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; margin: 1rem 0; } .wide { overflow-x: auto; }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; } 
.figures td + td { font-variant-numeric: tabular-nums; white-space: nowrap; }
figure { margin: 1.2rem 0; } figcaption { color: var(--soft); font-size: .9rem; } svg { max-width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); } .warning { color: var(--warn); font-weight: 600; }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; } summary { cursor: pointer; }
"""


def finish(run: EvalRun, summary: Mapping[str, Any], report: Report) -> None:
    """Write what a run came to, in all the forms that are kept; with that it is done."""
    run.finish({"kind": run.settings()["kind"], **summary}, to_markdown(report), to_html(report))


def to_html(report: Report) -> str:
    """Write a report as one self-contained page."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.title)}</title><style>{_STYLE}</style></head>\n<body><h1>{escape(report.title)}</h1>\n"
        + "\n".join(_write(block) for block in report.blocks)
        + "\n</body></html>\n"
    )


def _write(block: Block) -> str:
    match block:
        case Heading(text=text):
            return f"<h2>{escape(text)}</h2>"
        case Paragraph(text=text, warning=warning):
            kind = ' class="warning"' if warning else ""
            return f"<p{kind}>{escape(text)}</p>"
        case Table():
            return _table(block)
        case Picture(svg=svg, caption=caption):
            return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"
        case Fold(title=title, blocks=blocks):
            return f"<details><summary>{escape(title)}</summary>{''.join(map(_write, blocks))}</details>"


def _table(table: Table) -> str:
    head = _cells("th", table.names)
    rows = "".join(f"<tr>{_cells('td', row)}</tr>" for row in table.rows)
    kind = ' class="figures"' if table.figures else ""
    return f'<div class="wide"><table{kind}><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cells(tag: str, cells: Sequence[str]) -> str:
    return "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells)


def to_markdown(report: Report) -> str:
    """Write a report as Markdown."""
    return "\n\n".join([f"# {_safe(report.title)}", *(_mark(block) for block in report.blocks)]) + "\n"


def _mark(block: Block) -> str:
    match block:
        case Heading(text=text):
            return f"## {_safe(text)}"
        case Paragraph(text=text, warning=warning):
            return f"**{_safe(text)}**" if warning else _safe(text)
        case Table():
            return _pipe_table(block)
        case Picture(caption=caption):
            return f"*{_safe(caption)} (picture in report.html)*"
        case Fold(title=title, blocks=blocks):
            return "\n\n".join([f"### {_safe(title)}", *map(_mark, blocks)])


def _pipe_table(table: Table) -> str:
    lines = [_pipe_row(table.names), _pipe_row(["---", *("--:" if table.figures else "---" for _ in table.names[1:])])]
    return "\n".join([*lines, *map(_pipe_row, table.rows)])


def _pipe_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_safe(cell) for cell in cells)} |"


def _safe(text: str) -> str:
    """Keep text from becoming markup: questions and titles come from anywhere."""
    flat = " ".join(text.split())
    for letter in "\\`*_[]|":
        flat = flat.replace(letter, f"\\{letter}")
    return flat.replace("<", "&lt;")
