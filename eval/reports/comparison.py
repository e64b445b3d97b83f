"""The report of a comparison: which is better, how sure that is, and on which questions it is worse."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.comparing import Contender, ScoreChange, SystemComparison
from eval.reports.blocks import Block, Heading, Paragraph, Picture, Report, Table
from eval.reports.plots import PlotPoint, scatter

SHOWN = 15  # regressions and gains by name


def keep_comparison(contenders: Sequence[Contender], html: str) -> Path:
    """Keep the report of a comparison with the latest of its runs; it replaces what the same two runs gave before."""
    later = max((item.run for item in contenders), key=lambda run: run.id)
    return later.lay_beside(f"against-{contenders[0].run.id}.html", html)


def comparison_report(comparisons: Sequence[SystemComparison], shown: int = SHOWN) -> Report:
    """Lay comparisons with one system out as a report."""
    first = comparisons[0]
    blocks: list[Block] = [
        comparison_table(comparisons),
        *(block for item in comparisons for block in _one(item, shown)),
    ]
    return Report(title=f"{first.measure} against {first.before}", blocks=blocks)


def comparison_table(comparisons: Sequence[SystemComparison]) -> Table:
    """Lay out one line per candidate."""
    several = len(comparisons) > 1
    return Table(
        names=[
            "candidate",
            "before",
            "after",
            "difference",
            "p",
            *(["p (Holm)"] if several else []),
            "win/tie/loss",
            "",
        ],
        rows=[
            [
                item.after,
                str(item.mean_before),
                str(item.mean_after),
                str(item.difference),
                f"{item.p:.4f}",
                *([f"{item.p_holm:.4f}"] if several else []),
                f"{item.wins:,}/{item.ties:,}/{item.losses:,}",
                item.verdict,
            ]
            for item in comparisons
        ],
    )


def reach(item: SystemComparison) -> str:
    """Say how large a difference could have been seen, and what was left out."""
    told = f"With {item.questions:,} questions, a true difference of {item.detectable:.3f} shows 4 times out of 5."
    return told + (f" {item.left_out:,} questions have a score in only one run." if item.left_out else "")


def changes_table(changes: Sequence[ScoreChange]) -> Table:
    """List questions with their scores before and after."""
    rows = [
        [item.text, item.id, f"{item.before:.3f}", f"{item.after:.3f}", f"{item.difference:+.3f}"] for item in changes
    ]
    return Table(names=["question", "id", "before", "after", "difference"], rows=rows)


def regressions(item: SystemComparison, shown: int = SHOWN) -> list[ScoreChange]:
    """Return the questions that lost most."""
    return [change for change in item.changes[:shown] if change.difference < 0]


def gains(item: SystemComparison, shown: int = SHOWN) -> list[ScoreChange]:
    """Return the questions that gained most."""
    return [change for change in reversed(item.changes[-shown:]) if change.difference > 0]


def _one(item: SystemComparison, shown: int) -> Iterator[Block]:
    yield Heading(text=item.after)
    yield Paragraph(text=reach(item))
    points = [PlotPoint(x=change.before, y=change.after, note=change.text) for change in item.changes]
    yield Picture(
        svg=scatter(points, x=f"before: {item.before}", y=f"after: {item.after}"),
        caption=f"{item.measure} by question (above the line: improved; larger marks: more questions)",
    )
    for title, changes in (("Biggest losses", regressions(item, shown)), ("Biggest gains", gains(item, shown))):
        if changes:
            yield Heading(text=title)
            yield changes_table(changes)
