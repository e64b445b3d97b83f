"""The table of worlds, alone or beside an earlier one."""

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
    widths = [max(len(row[place]) for row in (heads, *rows)) for place in range(len(heads))]
    yield _row(heads, widths)
    yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    for row in rows:
        yield _row(row, widths)
    for world, kinds in worlds.items():
        every = kinds["all"]
        if every["AUROC"] is not None:
            yield f"{world}: AUROC of {every['AUROC answerable']:.0f} answerable and {every['AUROC none']:.0f} not"


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
