"""Word documents: mammoth makes HTML of the body, after hidden runs are gone and formulas are lines of text."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Protocol, cast

import mammoth  # pyright: ignore[reportMissingTypeStubs] -- the package has none
from lxml import etree

from retriever.reading.office import Element, open_archive, parse_xml, read_chart, read_entry, read_properties
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.parsers.web import read_html

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DEEPEST = 60  # nobody reads a formula nested further


def spell_formulas(body: Element) -> None:
    """Replace each formula in a document's body with a run of text."""
    for formula in list(body.iter(f"{_M}oMath")):
        run = etree.Element(f"{_W}r")
        text = etree.SubElement(run, f"{_W}t")
        text.text = spell(formula)
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        parent = formula.getparent()
        if parent is not None:
            run.tail = formula.tail
            parent.replace(formula, run)
    for wrapper in list(body.iter(f"{_M}oMathPara")):
        _unwrap(wrapper)


def spell(part: Element, depth: int = 0) -> str:
    """Write a formula, or a part of one, as text."""
    if depth > _DEEPEST:
        return ""
    name = str(part.tag).removeprefix(_M)
    if name == "t":
        return part.text or ""
    write = _WRITERS.get(name)
    if write is None:
        return "".join(spell(child, depth + 1) for child in part)
    operands = {str(child.tag).removeprefix(_M): spell(child, depth + 1) for child in part}
    return write(operands)


def _unwrap(wrapper: Element) -> None:
    """Mammoth reads runs only where Word puts them, so a run must not stay inside a math paragraph."""
    parent = wrapper.getparent()
    if parent is None:
        return
    place = parent.index(wrapper)
    for run in reversed(wrapper.findall(f"{_W}r")):
        parent.insert(place, run)
    parent.remove(wrapper)


def _group(text: str) -> str:
    return text if len(text) < 2 or text.isalnum() else f"({text})"


_WRITERS: dict[str, Callable[[dict[str, str]], str]] = {
    "f": lambda part: f"{_group(part.get('num', ''))}/{_group(part.get('den', ''))}",
    "sSup": lambda part: f"{_group(part.get('e', ''))}^{_group(part.get('sup', ''))}",
    "sSub": lambda part: f"{_group(part.get('e', ''))}_{_group(part.get('sub', ''))}",
    "sSubSup": lambda part: f"{_group(part.get('e', ''))}_{_group(part.get('sub', ''))}^{_group(part.get('sup', ''))}",
    "rad": lambda part: f"√({part.get('e', '')})",
    "d": lambda part: f"({part.get('e', '')})",
    "func": lambda part: f"{part.get('fName', '')} {part.get('e', '')}",
}


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
