"""The table of worlds, alone or beside an earlier one."""

import statistics
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.worlds.scoring import Figures

Kinds = Mapping[str, Figures]  # by kind, "all" last

COLUMNS = (
    ("questions", "n"),
    ("search R@10", "search R@10"),
    ("ask R@10", "ask R@10"),
    ("search acc@1", "search acc@1"),
    ("ask acc@1", "ask acc@1"),
    ("search nDCG@10", "search nDCG"),
    ("ask nDCG@10", "ask nDCG"),
    ("cited", "cited"),
    ("all cited", "all cited"),
    ("gold words in evidence", "gold in evid."),
    ("gold words shown", "gold shown"),
    ("refused", "refused"),
    ("asked back", "asked back"),
    ("best match", "best match"),
    ("answered", "answered"),
    ("AUROC", "AUROC"),
    ("words shown", "words"),
    ("search seconds", "search s"),
    ("ask seconds", "ask s"),
)
COUNTS = ("questions", "words shown")


def table(worlds: Mapping[str, Kinds], before: Mapping[str, Kinds]) -> str:
    """Lay out a row for each world and kind; with an earlier table each cell says what it was, and what it is."""
    return "\n".join(_lines(worlds, before))


def _lines(worlds: Mapping[str, Kinds], before: Mapping[str, Kinds]) -> Iterator[str]:
    heads = ["world", "kind", *(head for _, head in COLUMNS)]
    rows = [
        [world, kind, *(_cell(name, figures, before.get(world, {}).get(kind)) for name, _ in COLUMNS)]
        for world, kinds in worlds.items()
        for kind, figures in kinds.items()
    ]
    shared = [before[world]["all"] for world in worlds if world in before]
    earlier = _mean(shared) if len(shared) == len(worlds) else None
    every = _mean([kinds["all"] for kinds in worlds.values()])
    rows.append(["mean", "all", *(_cell(name, every, earlier) for name, _ in COLUMNS)])
    widths = [max(len(row[place]) for row in (heads, *rows)) for place in range(len(heads))]
    yield _row(heads, widths)
    yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    for row in rows:
        yield _row(row, widths)
    for world, kinds in worlds.items():
        if kinds["all"]["AUROC"] is not None:
            yield f"{world}: AUROC {_sureness(kinds['all'])}"


def _sureness(figures: Figures) -> str:
    value, low, high = (f"{figures[name]:.2f}" for name in ("AUROC", "AUROC low", "AUROC high"))
    return (
        f"{value} [{low}, {high}] of {figures['AUROC answerable']:.0f} answerable and {figures['AUROC none']:.0f} not"
    )


def _mean(worlds: Sequence[Figures]) -> Figures:
    """Average what each world came to, every world weighing as much, over those that have a figure."""
    columns = ((name, [value for kinds in worlds if (value := kinds.get(name)) is not None]) for name, _ in COLUMNS)
    return {name: statistics.fmean(values) if values else None for name, values in columns}


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _cell(name: str, figures: Figures, earlier: Figures | None) -> str:
    now = _written(name, figures.get(name))
    was = _written(name, earlier.get(name)) if earlier is not None else now
    return now if was == now else f"{was} → {now}"


def _written(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if name in COUNTS else f"{value:.2f}"
