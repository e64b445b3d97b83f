"""A picture of measures by week, with what changed marked where it did."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from eval.reports.svg import row_line, svg
from eval.statistics import Interval
from eval.usage.changes import Change

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
