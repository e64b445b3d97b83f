"""E-books: the chapters in reading order, each through the HTML parser."""

import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from retriever.reading.limits import Refused, refuse_over
from retriever.reading.metadata import iso_date
from retriever.reading.office import Element, open_archive, parse_xml, read_entry
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.parsers.web import decode_page, read_html

_CONTAINER = "META-INF/container.xml"
_CHAPTER = ("application/xhtml+xml", "text/html")
_DC = "{http://purl.org/dc/elements/1.1/}"


def parse(source: FileContent) -> ParserOutput:
    """Read an e-book."""
    with open_archive(source.data, source.limits) as archive:
        place = _package_path(archive)
        package = parse_xml(read_entry(archive, place))
        chapters: list[ParserOutput] = []
        size = 0
        for name in _chapter_names(package, posixpath.dirname(place)):
            chapters.append(read_html(decode_page(read_entry(archive, name))))
            size += len(chapters[-1].text)
            refuse_over(size, source.limits)
    warnings = tuple(dict.fromkeys(warning for chapter in chapters for warning in chapter.warnings))
    text = "\n\n".join(chapter.text for chapter in chapters if chapter.text)
    date = iso_date(_field(package, "date"))
    return ParserOutput(text=text, title=_field(package, "title"), date=date, warnings=warnings)


def _package_path(archive: zipfile.ZipFile) -> str:
    if "META-INF/encryption.xml" in archive.namelist() and "META-INF/rights.xml" in archive.namelist():
        raise Refused("copy-protected e-book", "password")
    root = parse_xml(read_entry(archive, _CONTAINER)).find(".//{*}rootfile")
    path = root.get("full-path") if root is not None else None
    if not path:
        raise Refused("damaged e-book: its package file isn't named")
    return path


def _chapter_names(package: Element, folder: str) -> Iterator[str]:
    items = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
    seen: set[str] = set()
    for reference in package.iterfind(".//{*}spine/{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _CHAPTER or "nav" in (item.get("properties") or "").split():
            continue
        name = posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))
        if name not in seen:  # a spine may name a chapter a million times
            seen.add(name)
            yield name


def _field(package: Element, name: str) -> str:
    found = package.find(f".//{_DC}{name}")
    return (found.text or "").strip() if found is not None else ""
