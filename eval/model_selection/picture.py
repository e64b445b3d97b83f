"""Quality against cost: one mark a model, with its interval, as large as what it stores."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from eval.reports.svg import colour, row_line, short, svg
from eval.statistics import Interval

WIDTH, HEIGHT, LEFT, TOP = 560, 320, 56, 14
LINE = 15  # between two labels
SMALLEST, LARGEST = 5.0, 16.0  # radius


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One model."""

    name: str
    cost: float
    quality: Interval
    size: float
    chosen: bool


def trade_off(marks: Sequence[Mark]) -> str:
    """Draw models: up is better, left is cheaper, and costs double with equal steps."""
    costs = [math.log2(max(item.cost, 1e-3)) for item in marks]
    low, high = math.floor(min(costs)) - 0.5, math.ceil(max(costs)) + 0.5
    best = max(item.quality.high for item in marks)
    most = min(1.0, math.ceil(best * 10) / 10) or 1.0
    largest = max(item.size for item in marks)

    def up(value: float) -> float:
        return TOP + HEIGHT * (1 - value / most)

    def across(cost: float) -> float:
        return LEFT + WIDTH * (cost - low) / (high - low)

    drawn = [row_line(up(most * step / 4), LEFT, LEFT + WIDTH, f"{most * step / 4:.2f}") for step in range(5)]
    drawn += [
        f'<text x="{across(power):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{2.0**power:.2g}×</text>'
        for power in range(math.ceil(low), math.floor(high) + 1, max(1, round((high - low) / 8)))
    ]
    labels = _apart([up(item.quality.mean) for item in marks])
    for place, (item, cost) in enumerate(zip(marks, costs, strict=True)):
        x, radius = across(cost), SMALLEST + (LARGEST - SMALLEST) * math.sqrt(item.size / largest)
        drawn.append(_mark(item, x, up, radius, colour(place), labels[place]))
    drawn.append(
        f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 40}" text-anchor="middle">time per passage, '
        "relative to the live model's</text>"
    )
    width, height = LEFT + WIDTH + 20, TOP + HEIGHT + 50
    return svg(width, height, "quality against cost", drawn)


def _mark(item: Mark, x: float, up: Callable[[float], float], radius: float, ink: str, label_y: float) -> str:
    y = up(item.quality.mean)
    ring = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius + 4:.1f}" fill="none" stroke="var(--ink)"/>'
    left = x > LEFT + WIDTH / 2
    return (
        f"<g><title>{escape(item.name)}: {escape(str(item.quality))} at {item.cost:.2f}×</title>"
        f'<path d="M{x:.1f} {up(item.quality.low):.1f}V{up(item.quality.high):.1f}" stroke="{ink}"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{ink}" opacity=".75"/>'
        f"{ring if item.chosen else ''}"
        f'<text x="{x + (-1 if left else 1) * (radius + 8):.1f}" y="{label_y + 4:.1f}" '
        f'text-anchor="{"end" if left else "start"}">{escape(short(item.name, 34))}</text></g>'
    )


def _apart(heights: Sequence[float]) -> list[float]:
    """Move labels down until none lies on another."""
    placed = list(heights)
    taken = list[float]()
    for place in sorted(range(len(placed)), key=lambda at: placed[at]):
        if taken:
            placed[place] = max(placed[place], taken[-1] + LINE)
        taken.append(placed[place])
    return placed
