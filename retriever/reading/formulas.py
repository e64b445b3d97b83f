"""Word's formulas as one line of text, so that they are found and read."""

from collections.abc import Callable

from lxml import etree

from retriever.reading.office import Element

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
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
