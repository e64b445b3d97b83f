"""Word documents: mammoth makes HTML of the body, after hidden runs are gone and formulas are words."""

import io
import re
import zipfile
from typing import Protocol, cast

import mammoth  # pyright: ignore[reportMissingTypeStubs] -- the package has none
from lxml import etree

from retriever.reading.archives import open_archive
from retriever.reading.formulas import spell_formulas
from retriever.reading.office import Element, parse_xml, read_chart, read_entry, read_properties
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.parsers.web import read_html

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY = "word/document.xml"
_CHART = re.compile(r"word/charts/chart\d*\.xml")
_STYLES = "\n".join(
    ("p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh", "r[style-name='Code'] => code")
)


class _Result(Protocol):
    value: str


def parse(source: FileContent) -> ParserOutput:
    """Read a Word document."""
    with open_archive(source.data, source.limits) as archive:
        body = parse_xml(read_entry(archive, _BODY))
        hidden = _drop_hidden(body)
        spell_formulas(body)
        properties = read_properties(archive)
        charts = [
            read_chart(archive.read(name), source.limits) for name in archive.namelist() if _CHART.fullmatch(name)
        ]
        replaced = _replace_body(archive, etree.tostring(body))
    page = read_html(_to_html(replaced))
    warnings = (f"{hidden:,} hidden words removed",) if hidden else ()
    text = "\n\n".join(part for part in (page.text, *charts) if part)
    return ParserOutput(text=text, title=properties.title, date=properties.date, warnings=warnings)


def _to_html(document: io.BytesIO) -> str:
    def describe(image: object) -> dict[str, str]:
        del image  # its bytes may be a link to another file: never opened
        return {}

    pictures = mammoth.images.img_element(describe)  # pyright: ignore -- untyped package
    result = mammoth.convert_to_html(document, style_map=_STYLES, convert_image=pictures)  # pyright: ignore -- untyped package
    return cast("_Result", result).value


def _replace_body(archive: zipfile.ZipFile, body: bytes) -> io.BytesIO:
    """Write the document again around its changed body; pictures keep their names and lose their bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
        for name in dict.fromkeys(archive.namelist()):
            is_text = name.endswith((".xml", ".rels"))
            copy.writestr(name, body if name == _BODY else archive.read(name) if is_text else b"")
    target.seek(0)
    return target


def _drop_hidden(body: Element) -> int:
    words = 0
    for run in [run for run in body.iter(f"{_W}r") if _is_hidden(run)]:
        words += len("".join(text.text or "" for text in run.iter(f"{_W}t")).split())
        parent = run.getparent()
        if parent is not None:
            parent.remove(run)
    return words


def _is_hidden(run: Element) -> bool:
    style = run.find(f"{_W}rPr")
    if style is None:
        return False
    vanish, colour = style.find(f"{_W}vanish"), style.find(f"{_W}color")
    if vanish is not None and vanish.get(f"{_W}val") not in {"0", "false", "off"}:
        return True
    return colour is not None and (colour.get(f"{_W}val") or "").upper() == "FFFFFF" and not _is_on_colour(run)


def _is_on_colour(run: Element) -> bool:
    """Tables and text boxes take their colour from styles, so white text in them is taken to be seen."""
    above = {str(tag.tag).rpartition("}")[2] for tag in run.iterancestors()}
    paragraph = next(run.iterancestors(f"{_W}p"), run)
    shaded = any((shade.get(f"{_W}fill") or "auto") not in {"auto", "FFFFFF"} for shade in paragraph.iter(f"{_W}shd"))
    return shaded or not above.isdisjoint({"tbl", "txbxContent"}) or run.find(f"{_W}rPr/{_W}highlight") is not None
