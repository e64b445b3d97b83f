"""What every picture is made with: SVG text in the page's colours (`--c0` …), so that it follows its light and dark."""

from collections.abc import Sequence

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
