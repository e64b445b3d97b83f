"""Small pictures as SVG text: bars with intervals, histograms, scatters, curves.

Every mark says its figure on hover.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from eval.statistics import Interval

COLOURS = 6


def svg(width: float, height: float, label: str, marks: Sequence[str]) -> str:
    """Put marks into a picture; `label` says to a screen reader what it shows."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{label}">{"".join(marks)}</svg>'
    )


def row_line(y: float, left: float, right: float, label: str) -> str:
    """Draw a line across the picture, its figure at its left."""
    return (
        f'<path d="M{left} {y:.1f}H{right}" stroke="var(--line)"/>'
        f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    )


def colour(number: int) -> str:
    """Name a colour of the page by number."""
    return f"var(--c{number % COLOURS})"


def short(text: str, length: int) -> str:
    """Cut a text to a length, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"


WIDTH = 640
LABELS = 210  # room for names on the left


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotBar:
    """One bar: a name, a figure with its interval, and a colour by number."""

    label: str
    value: Interval
    colour: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotPoint:
    """One mark of a scatter; its note is told on hover."""

    x: float
    y: float
    note: str = ""


def bars(items: Sequence[PlotBar], *, most: float = 1.0) -> str:
    """Draw horizontal bars from zero to `most`, each with a whisker for its interval."""
    shown = [item for item in items if not math.isnan(item.value.mean)]
    height, room = 24 * len(shown) + 24, WIDTH - LABELS - 60
    marks = [_grid_line(LABELS + room * step / 4, height - 20, f"{most * step / 4:g}") for step in range(5)]
    for place, item in enumerate(shown):
        top = 24 * place + 4
        low, mean, high = (
            LABELS + room * min(max(value / most, 0.0), 1.0)
            for value in (item.value.low, item.value.mean, item.value.high)
        )
        marks.append(
            f"<g><title>{escape(item.label)}: {escape(str(item.value))}</title>"
            f'<text x="{LABELS - 8}" y="{top + 12}" text-anchor="end">{escape(short(item.label, 32))}</text>'
            f'<rect x="{LABELS}" y="{top}" width="{mean - LABELS:.1f}" height="15" rx="2" '
            f'fill="{colour(item.colour)}" opacity=".75"/>'
            f'<path d="M{low:.1f} {top + 7.5}H{high:.1f}M{low:.1f} {top + 4}v7M{high:.1f} {top + 4}v7" '
            'stroke="var(--ink)" fill="none"/>'
            f'<text x="{max(high, mean) + 6:.1f}" y="{top + 12}">{item.value.mean:.3f}</text></g>'
        )
    return svg(WIDTH, height, "bars", marks)


def histogram(series: Mapping[str, Sequence[float]], *, bins: int = 10) -> str:
    """Draw how scores from 0 to 1 are spread, one row of columns a series."""
    tall, room = 70, WIDTH - LABELS - 20
    marks = list[str]()
    for place, (name, values) in enumerate(series.items()):
        counts = [0] * bins
        for value in values:
            counts[min(int(max(value, 0.0) * bins), bins - 1)] += 1
        most, floor = max([1, *counts]), (place + 1) * (tall + 14) - 8
        marks.append(f'<text x="{LABELS - 8}" y="{floor - 4}" text-anchor="end">{escape(short(name, 32))}</text>')
        for bin_, count in enumerate(counts):
            high = tall * count / most
            marks.append(
                f"<g><title>{escape(name)}, {bin_ / bins:g} to {(bin_ + 1) / bins:g}: {count:,} questions</title>"
                f'<rect x="{LABELS + room * bin_ / bins:.1f}" y="{floor - high:.1f}" width="{room / bins - 2:.1f}" '
                f'height="{max(high, 0.5):.1f}" fill="{colour(place)}" opacity=".75"/></g>'
            )
    height = len(series) * (tall + 14) + 14
    ends = [f'<text x="{LABELS + room * end:.1f}" y="{height - 4}" text-anchor="middle">{end}</text>' for end in (0, 1)]
    return svg(WIDTH, height, "histogram", [*marks, *ends])


def scatter(points: Sequence[PlotPoint], *, x: str, y: str) -> str:
    """Draw marks on the unit square with the diagonal: above it, y is better."""
    side, left = 400, 50
    marks = [
        *_frame(left, side, side, x, y),
        f'<path d="M{left} {side + 10}L{left + side} 10" stroke="var(--soft)" stroke-dasharray="4"/>',
    ]
    together: dict[tuple[float, float], list[str]] = {}
    for point in points:
        together.setdefault((round(point.x, 2), round(point.y, 2)), []).append(point.note)
    for (across, up), notes in together.items():  # many questions share a score; a larger mark holds more of them
        told = "; ".join(short(note, 80) for note in notes[:3]) + (
            f" and {len(notes) - 3} more" if len(notes) > 3 else ""
        )
        better = 2 if up > across else 4 if up < across else 0
        marks.append(
            f'<circle cx="{left + side * across:.1f}" cy="{10 + side * (1 - up):.1f}" '
            f'r="{min(3 + math.sqrt(len(notes)), 16):.1f}" '
            f'fill="{colour(better)}" opacity=".55"><title>{across:g} → {up:g}: {escape(told)}</title></circle>'
        )
    return svg(side + left + 20, side + 52, "scatter", marks)


def curves(series: Mapping[str, Sequence[PlotPoint]], *, x: str, y: str) -> str:
    """Draw lines on the unit square: risk against coverage, precision against recall, a figure over time."""
    wide, tall, left = 440, 280, 50
    marks = [
        *_frame(left, wide, tall, x, y),
        f'<text x="{left - 6}" y="{tall + 12}" text-anchor="end">0</text>',
        f'<text x="{left - 6}" y="18" text-anchor="end">1</text>',
    ]
    for place, (name, points) in enumerate(series.items()):
        path = " ".join(
            f"{left + wide * min(max(item.x, 0), 1):.1f},{10 + tall * (1 - min(max(item.y, 0), 1)):.1f}"
            for item in points
        )
        marks.append(
            f'<g><title>{escape(name)}</title><polyline points="{path}" fill="none" stroke="{colour(place)}" '
            'stroke-width="2"/></g>'
        )
        marks.append(
            f'<text x="{left + wide + 10}" y="{24 + 18 * place}" style="fill:{colour(place)}">'
            f"{escape(short(name, 18))}</text>"
        )
    return svg(wide + left + 140, tall + 52, "curves", marks)


def _grid_line(x: float, bottom: int, label: str) -> str:
    return (
        f'<path d="M{x:.1f} 0V{bottom}" stroke="var(--line)"/>'
        f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{label}</text>'
    )


def _frame(left: int, wide: int, tall: int, x: str, y: str) -> list[str]:
    """Draw the unit square, with what its sides stand for."""
    return [
        f'<rect x="{left}" y="10" width="{wide}" height="{tall}" fill="none" stroke="var(--line)"/>',
        f'<text x="{left + wide / 2}" y="{tall + 42}" text-anchor="middle">{escape(x)}</text>',
        f'<text transform="translate(14 {tall / 2 + 10})rotate(-90)" text-anchor="middle">{escape(y)}</text>',
        *(_tick(left + wide * end, tall + 26, end) for end in (0, 1)),
    ]


def _tick(x: float, y: float, value: float) -> str:
    return f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{value:g}</text>'
