"""OpenDocument texts and presentations: their elements are given HTML's names, and HTML becomes Markdown."""

from lxml import etree

from retriever.reading.limits import Refused
from retriever.reading.office import Element, open_archive, parse_xml, read_entry, read_properties
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.parsers.web import read_html

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_XLINK = "{http://www.w3.org/1999/xlink}"
_NAMES = {
    f"{_TEXT}p": "p",
    f"{_TEXT}list": "ul",
    f"{_TEXT}list-item": "li",
    f"{_TEXT}list-header": "li",
    f"{_TEXT}a": "a",
    f"{_TEXT}line-break": "br",
    f"{_TABLE}table": "table",
    f"{_TABLE}table-row": "tr",
    f"{_TABLE}table-cell": "td",
    f"{_TABLE}covered-table-cell": "td",
    f"{_TABLE}table-header-rows": "thead",
    f"{_DRAW}page": "section",
    f"{_DRAW}text-box": "div",
}
_DROPPED = (
    f"{_TEXT}tracked-changes",
    f"{_TEXT}table-of-content",
    "{*}sequence-decls",
    "{*}annotation",
    "{*}forms",
    "{*}table-column",
)
_BLANKS = {f"{_TEXT}s": " ", f"{_TEXT}tab": " "}
_MOST_REPEATS = 100  # an empty cell is repeated to the sheet's edge
_MANIFEST = "META-INF/manifest.xml"


def parse(source: FileContent) -> ParserOutput:
    """Read an OpenDocument text or presentation."""
    with open_archive(source.data, source.limits) as archive:
        if _MANIFEST in archive.namelist() and b"encryption-data" in archive.read(_MANIFEST):
            raise Refused("password-protected OpenDocument file", "password")
        content = parse_xml(read_entry(archive, "content.xml"))
        properties = read_properties(archive)
    body = content.find("{*}body")
    if body is None:
        raise Refused("damaged: content.xml has no body")
    for dropped in list(body.iter(*_DROPPED)):
        _remove(dropped)
    styles = _Styles(content)
    for element in list(body.iter("*")):
        _rename(element, styles)
    return ParserOutput(text=_as_page(body).text, title=properties.title, date=properties.date)


def _as_page(body: Element) -> ParserOutput:
    etree.cleanup_namespaces(body)
    return read_html(etree.tostring(body, encoding="unicode", method="html"))


class _Styles:
    """Which styles of a document make a paragraph its title, and which levels of its lists are numbered."""

    def __init__(self, content: Element) -> None:
        parents = {
            style.get(f"{_STYLE}name"): style.get(f"{_STYLE}parent-style-name")
            for style in content.iter(f"{_STYLE}style")
        }
        self.titles = {"Title", *(name for name, parent in parents.items() if parent == "Title")}
        self.subtitles = {"Subtitle", *(name for name, parent in parents.items() if parent == "Subtitle")}
        numbered = content.iter(f"{_TEXT}list-level-style-number")
        self.numbered = {(_style_name(level.getparent()), level.get(f"{_TEXT}level")) for level in numbered}


def _style_name(style: Element | None) -> str | None:
    return style.get(f"{_STYLE}name") if style is not None else None


def _rename(element: Element, styles: _Styles) -> None:
    tag, attributes = str(element.tag), dict(element.attrib)
    name = _NAMES.get(tag, "span")
    if tag == f"{_TEXT}list" and _is_numbered(element, styles):
        name = "ol"
    if tag in {f"{_TEXT}p", f"{_TEXT}h"}:
        name = _paragraph_name(tag, attributes, styles)
    if attributes.get(f"{_PRESENTATION}class") == "title":
        name = "h1"
    if tag in _BLANKS:
        count = attributes.get(f"{_TEXT}c", "1")
        element.text = _BLANKS[tag] * (min(int(count), _MOST_REPEATS) if count.isdigit() else 1)
    if tag != f"{_TEXT}list":  # an inner list asks its ancestors for their style
        element.attrib.clear()
    element.tag = name
    _keep(element, attributes)


def _keep(element: Element, attributes: dict[str, str]) -> None:
    """Keep the two attributes that HTML has too: where a link leads, and how wide an empty cell is."""
    if element.tag == "a" and f"{_XLINK}href" in attributes:
        element.set("href", attributes[f"{_XLINK}href"])
    repeated = attributes.get(f"{_TABLE}number-columns-repeated", "1")
    if element.tag == "td" and repeated.isdigit() and int(repeated) > 1:
        element.set("colspan", str(min(int(repeated), _MOST_REPEATS)))


def _paragraph_name(tag: str, attributes: dict[str, str], styles: _Styles) -> str:
    style = attributes.get(f"{_TEXT}style-name")
    if style in styles.titles:
        return "h1"
    if style in styles.subtitles:
        return "h2"
    level = attributes.get(f"{_TEXT}outline-level", "1")
    return f"h{level if level in '123456' else 6}" if tag == f"{_TEXT}h" else "p"


def _is_numbered(element: Element, styles: _Styles) -> bool:
    lists = [element, *(above for above in element.iterancestors() if above.tag in {"ul", "ol"})]
    style = next((name for one in lists if (name := one.get(f"{_TEXT}style-name"))), None)
    return (style, str(len(lists))) in styles.numbered


def _remove(element: Element) -> None:
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)
