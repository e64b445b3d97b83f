"""The measures of use as tables and a picture."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from eval.reports.blocks import Block, Heading, Paragraph, Picture, Report, Table
from eval.reports.plots import row_line, svg
from eval.statistics import Interval
from eval.usage.summary import FEWEST, Change, JoinedRow, Row, Usage

WIDTH, HEIGHT, LEFT, TOP = 640, 240, 44, 26
MIDDLE = timedelta(days=3.5)  # a week's figures stand in its middle, so that changes stand where they fell
LABELLED = 12  # changes with a letter; beyond that the lines alone are drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measure over time."""

    name: str
    points: Sequence[tuple[datetime, Interval]]


def timeline(lines: Sequence[Line], changes: Sequence[Change], since: datetime, until: datetime) -> str:
    """Draw shares from 0 to 1 over time, each point with its interval."""
    span, room = (until - since).total_seconds(), WIDTH - LEFT - 20
    tallest = max((end.high for line in lines for _, end in line.points if not math.isnan(end.mean)), default=1.0)
    most = min(1.0, math.ceil(tallest * 5) / 5) or 1.0

    def across(moment: datetime) -> float:
        return LEFT + room * min(max((moment - since).total_seconds() / span, 0.0), 1.0)

    def up(share: float) -> float:
        return TOP + HEIGHT * (1 - share / most)

    marks = [row_line(up(most * step / 4), LEFT, WIDTH - 20, f"{most * step / 4:.0%}") for step in range(5)]
    marks += [_change(across(item.at), item, place) for place, item in enumerate(changes)]
    for place, line in enumerate(lines):
        marks.append(_line(line, f"var(--c{place % 6})", 3.0 * place, across, up))
        marks.append(
            f'<text x="{LEFT + place * 150}" y="{TOP + HEIGHT + 44}" style="fill:var(--c{place % 6})">● '
            f"{escape(line.name)}</text>"
        )
    days = sorted({moment for line in lines for moment, _ in line.points})
    marks += [
        f'<text x="{across(day):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{day:%d %b}</text>' for day in days
    ]
    height = TOP + HEIGHT + 56
    return svg(WIDTH, height, "timeline", marks)


def letter(place: int) -> str:
    """Name a change in the picture and in the list below it."""
    return chr(ord("A") + place) if place < LABELLED else "·"


def _line(
    line: Line, colour: str, aside: float, across: Callable[[datetime], float], up: Callable[[float], float]
) -> str:
    known = [(across(at + MIDDLE) + aside, value) for at, value in line.points if not math.isnan(value.mean)]
    path = " ".join(f"{x:.1f},{up(value.mean):.1f}" for x, value in known)
    dots = "".join(
        f"<g><title>{escape(line.name)}: {escape(str(value))}</title>"
        f'<path d="M{x:.1f} {up(value.low):.1f}V{up(value.high):.1f}" stroke="{colour}" opacity=".45"/>'
        f'<circle cx="{x:.1f}" cy="{up(value.mean):.1f}" r="3.5" fill="{colour}"/></g>'
        for x, value in known
    )
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>{dots}'


def _change(x: float, item: Change, place: int) -> str:
    dashes = "" if item.what == "model" else ' stroke-dasharray="3"'
    return (
        f"<g><title>{escape(item.what)}: {escape(item.told)}</title>"
        f'<path d="M{x:.1f} {TOP - 4}V{TOP + HEIGHT}" stroke="var(--soft)"{dashes}/>'
        f'<text x="{x:.1f}" y="{TOP - 8}" text-anchor="middle">{letter(place)}</text></g>'
    )


NAMES = ("people", "questions", "good", "abandoned", "reworded", "found nothing", "time to use")
MEANING = (
    "good: a result was opened, copied or liked, nothing was disliked, and the question wasn't reworded. abandoned: "
    "results were shown, but nobody used them and there was no complete answer. A question with a complete answer and "
    "no reaction counts as neither. time to use: the median for questions whose results were used within an hour."
)


def usage_report(usage: Usage) -> Report:
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


def caveats(usage: Usage) -> Iterator[tuple[str, bool]]:
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
    if any(isinstance(item, JoinedRow) for item in (*usage.weeks, *usage.groups)):
        yield f"Weeks and groups with fewer than {FEWEST} people are combined.", False


def _cells(row: Row) -> list[str]:
    rates = (row.good, row.abandoned, row.reworded, row.nothing)
    return [row.name, f"{row.people:,}", f"{row.questions:,}", *map(_percent, rates), _seconds(row.seconds)]


def _percent(rate: Interval) -> str:
    return "–" if math.isnan(rate.mean) else f"{rate.mean:.1%} [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"


def _seconds(time: Interval) -> str:
    return "–" if math.isnan(time.mean) else f"{time.mean:.0f} s [{time.low:.0f}, {time.high:.0f}]"


def _picture(usage: Usage) -> Picture:
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
