"""What the zip-based document formats share: their XML, and the title and date in their properties."""

import zipfile
from dataclasses import dataclass

from lxml import etree

from retriever.reading.dates import iso_date
from retriever.reading.limits import Refused

Element = etree._Element  # pyright: ignore[reportPrivateUsage] -- lxml gives its elements' type no public name
_PROPERTIES = ("docProps/core.xml", "meta.xml")
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_DATES = ("{http://purl.org/dc/terms/}modified", "{http://purl.org/dc/elements/1.1/}date")


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
