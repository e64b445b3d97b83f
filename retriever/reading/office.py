"""What the zip-based document formats share: opening them safely, their XML, properties, and charts."""

import io
import re
import stat
import zipfile
from dataclasses import dataclass
from itertools import zip_longest

from lxml import etree

from retriever.reading.limits import MIB, ReadLimits, Refused
from retriever.reading.metadata import iso_date
from retriever.reading.tables import pipe_table

_NESTED = re.compile(r"\.(zip|7z|gz|tgz|bz2|xz|rar|tar|jar|zst)$", re.IGNORECASE)
_XML = re.compile(r"\.(xml|rels|xhtml|html|htm|opf|ncx|svg|vml)$", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_LOCKED = "password-protected archive"
_SMALL = 4 * MIB  # an entry below this does no harm, however well it packs
_PROLOGUE = 65_536  # a document type comes before the first element
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_ROOT = re.compile(r"<[A-Za-z_]")


def open_archive(data: bytes, limits: ReadLimits) -> zipfile.ZipFile:
    """Open an archive, or raise Refused for one that would unpack to harm."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        _refuse_harm(archive.infolist(), limits)
        _refuse_entities(archive)
    except zipfile.BadZipFile as error:
        raise Refused(f"damaged or truncated archive: {error}") from error
    except (zipfile.LargeZipFile, NotImplementedError) as error:
        raise Refused(f"unsupported kind of archive: {error}", "format") from error
    return archive


def _refuse_harm(entries: list[zipfile.ZipInfo], limits: ReadLimits) -> None:
    if len(entries) > limits.archive_entries:
        raise Refused(f"archive of {len(entries):,} files; at most {limits.archive_entries:,} are read", "unsafe")
    total = sum(entry.file_size for entry in entries)
    if total > limits.archive_bytes:
        most = f"{limits.archive_bytes // MIB:,}"
        raise Refused(f"archive unpacks to {total // MIB:,} MiB; at most {most} are read", "unsafe")
    for reason in filter(None, (_harm(entry, limits) for entry in entries)):
        raise Refused(reason, "password" if reason == _LOCKED else "unsafe")


def _harm(entry: zipfile.ZipInfo, limits: ReadLimits) -> str:
    name = entry.filename
    if name.startswith(("/", "\\")) or re.match(r"[a-zA-Z]:", name) or ".." in re.split(r"[/\\]", name):
        return f"archive with a path that leads outside it: {name[:100]!r}"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return f"archive with a symbolic link: {name[:100]!r}"
    if entry.flag_bits & 0x1:
        return _LOCKED
    if _NESTED.search(name):
        return f"archive inside an archive: {name[:100]!r}"
    if entry.file_size > _SMALL and entry.file_size > limits.archive_ratio * max(entry.compress_size, 1):
        return f"archive with a file that unpacks to {entry.file_size // max(entry.compress_size, 1):,} times its size"
    return ""


def _refuse_entities(archive: zipfile.ZipFile) -> None:
    """Office formats never declare entities, so a declaration is an attack on the parser, whichever parser it is."""
    for name in filter(_XML.search, archive.namelist()):
        with archive.open(name) as entry:
            refuse_entities(entry.read(_PROLOGUE), name)


def refuse_entities(data: bytes, name: str) -> None:
    """Raise Refused when XML declares entities of its own; `data` is its beginning."""
    wide = data[:2] in {b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"}
    text = (data.replace(b"\x00", b"") if wide else data).decode("latin-1")
    if _ENTITY.search(text):
        raise Refused(f"XML that declares entities: {name[:100]!r}", "unsafe")
    if len(data) >= _PROLOGUE and not _ROOT.search(_COMMENT.sub("", text)):
        raise Refused(f"XML that starts too late in the file to be checked: {name[:100]!r}", "unsafe")


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
