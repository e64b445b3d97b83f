"""What the zip-based document formats share: their XML, the title and date in their properties, and charts."""

import zipfile
from dataclasses import dataclass
from itertools import zip_longest

from lxml import etree

from retriever.reading.limits import ReadLimits, Refused
from retriever.reading.metadata import iso_date
from retriever.reading.tables import pipe_table

Element = etree._Element  # pyright: ignore[reportPrivateUsage] -- lxml gives its elements' type no public name
_PROPERTIES = ("docProps/core.xml", "meta.xml")
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_DATES = ("{http://purl.org/dc/terms/}modified", "{http://purl.org/dc/elements/1.1/}date")
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """What a document's author, or the program, wrote about it."""

    title: str = ""
    date: str = ""


def parse_xml(data: bytes) -> Element:
    """Parse XML with nothing fetched, expanded or allowed to grow."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Refused(f"damaged XML inside: {error}") from error


def read_entry(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read one entry that the format requires."""
    try:
        return archive.read(name)
    except KeyError as error:
        raise Refused(f"damaged: {name} is missing inside") from error


def read_properties(archive: zipfile.ZipFile) -> Properties:
    """Find the title and the date of an Office or OpenDocument file."""
    name = next((name for name in _PROPERTIES if name in archive.namelist()), "")
    if not name:
        return Properties()
    root = parse_xml(archive.read(name))
    date = next(filter(None, (iso_date(_text(root, tag)) for tag in _DATES)), "")
    return Properties(title=_text(root, _TITLE), date=date)


def _text(root: Element, tag: str) -> str:
    found = root.find(f".//{tag}")
    return (found.text or "").strip() if found is not None else ""


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
