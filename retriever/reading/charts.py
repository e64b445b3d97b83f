"""The numbers behind a chart in an Office document, as a table."""

from itertools import zip_longest

from retriever.reading.limits import ReadLimits
from retriever.reading.office import Element, parse_xml
from retriever.reading.tables import pipe_table

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def read_chart(data: bytes, limits: ReadLimits) -> str:
    """Write a chart's title and values as Markdown."""
    root = parse_xml(data)
    series = list(root.iter(f"{_C}ser"))
    title = root.find(f"{_C}chart/{_C}title")
    heading = "".join(part.text or "" for part in title.iter(f"{_A}t")) if title is not None else ""
    names = _values(series[0], "cat", "xVal") if series else []
    columns = [_values(one, "val", "yVal") for one in series]
    rows = [["", *(" ".join(_values(one, "tx")) for one in series)]]
    rows += [list(row) for row in zip_longest(names, *columns, fillvalue="")]
    return "\n\n".join(part for part in (heading.strip(), pipe_table(rows, limits) if series else "") if part)


def _values(series: Element, *tags: str) -> list[str]:
    """Read cached values in order; several levels of categories are read as they stand."""
    found = next((part for tag in tags if (part := series.find(f"{_C}{tag}")) is not None), None)
    return [value.text or "" for value in found.iter(f"{_C}v")] if found is not None else []
