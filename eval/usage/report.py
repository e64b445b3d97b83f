"""The measures of use as tables and a picture."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from eval.reports.blocks import Block, Heading, Paragraph, Picture, Report, Table
from eval.statistics import Interval
from eval.usage.changes import Change
from eval.usage.summary import FEWEST, Row
from eval.usage.timeline import Line, letter, timeline

NAMES = ("people", "questions", "good", "abandoned", "reworded", "found nothing", "time to use")
MEANING = (
    "good: a result was opened, copied or liked, nothing was disliked, and the question wasn't reworded. abandoned: "
    "results were shown, but nobody used them and there was no complete answer. A question with a complete answer and "
    "no reaction counts as neither. time to use: the median for questions whose results were used within an hour."
)


class Measured(Protocol):
    """What is told."""

    @property
    def since(self) -> datetime: ...
    @property
    def until(self) -> datetime: ...
    @property
    def all(self) -> Row: ...
    @property
    def weeks(self) -> Sequence[Row]: ...
    @property
    def groups(self) -> Sequence[Row]: ...
    @property
    def changes(self) -> Sequence[Change]: ...
    @property
    def fresh(self) -> int: ...
    @property
    def imported(self) -> int: ...


def usage_report(usage: Measured) -> Report:
    """Lay the measures out as a report."""
    blocks: list[Block] = [
        rows_table("all", [usage.all]),
        *(Paragraph(text=told, warning=warning) for told, warning in caveats(usage)),
        Heading(text="By week"),
        _picture(usage),
        rows_table("week from", usage.weeks),
    ]
    if usage.changes:
        rows = [
            [letter(place), f"{item.at:%Y-%m-%d %H:%M}", item.what, item.told]
            for place, item in enumerate(usage.changes)
        ]
        blocks += [Heading(text="What changed"), Table(names=["", "when (UTC)", "what", ""], rows=rows, figures=False)]
    if usage.groups:
        blocks += [Heading(text="By group"), rows_table("group", usage.groups)]
    blocks.append(Paragraph(text=MEANING))
    return Report(title=f"Use from {usage.since:%Y-%m-%d} to {usage.until:%Y-%m-%d}", blocks=blocks)


def rows_table(first: str, rows: Sequence[Row]) -> Table:
    """Lay rows out with their intervals."""
    return Table(names=[first, *NAMES], rows=[_cells(row) for row in rows])


def caveats(usage: Measured) -> Iterator[tuple[str, bool]]:
    """List what is left out, and what to know before believing a figure."""
    row = usage.all
    if row.people < FEWEST:
        yield f"Based on only {row.people} people, so it may not hold for the whole company.", True
    if row.silent:
        yield f"{row.silent:,} complete answers got no reaction, so it's unknown whether they were good.", False
    if usage.fresh:
        yield f"{usage.fresh:,} questions from the last ten minutes are left out.", False
    if usage.imported:
        yield f"{usage.imported:,} searches imported from another system are left out.", False
    if any(" to " in item.name for item in usage.weeks) or any("smaller groups" in item.name for item in usage.groups):
        yield f"Weeks and groups with fewer than {FEWEST} people are combined.", False


def _cells(row: Row) -> list[str]:
    rates = (row.good, row.abandoned, row.reworded, row.nothing)
    return [row.name, f"{row.people:,}", f"{row.questions:,}", *map(_percent, rates), _seconds(row.seconds)]


def _percent(rate: Interval) -> str:
    return "–" if math.isnan(rate.mean) else f"{rate.mean:.1%} [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"


def _seconds(time: Interval) -> str:
    return "–" if math.isnan(time.mean) else f"{time.mean:.0f} s [{time.low:.0f}, {time.high:.0f}]"


def _picture(usage: Measured) -> Picture:
    measures = (
        ("good", [row.good for row in usage.weeks]),
        ("abandoned", [row.abandoned for row in usage.weeks]),
        ("reworded", [row.reworded for row in usage.weeks]),
        ("found nothing", [row.nothing for row in usage.weeks]),
    )
    starts = [row.since or usage.since for row in usage.weeks]
    lines = [Line(name=name, points=list(zip(starts, values, strict=True))) for name, values in measures]
    return Picture(
        svg=timeline(lines, usage.changes, usage.since, usage.until),
        caption="Shares by week with 95 % intervals; vertical lines are changes (model: solid), listed below.",
    )
