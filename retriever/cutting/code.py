"""Source code as blocks: functions and classes found by a grammar, or a data file's top-level keys; in whole lines."""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tree_sitter import Node

from retriever.cutting.blocks import SOURCE, Block
from retriever.cutting.grammars import (
    ATTACHED,
    CONTAINERS,
    FUNCTIONS,
    NAMESPACES,
    TRANSPARENT,
    WRAPPERS,
    name_of,
    parse,
)
from retriever.cutting.window import Ruler

_log = logging.getLogger(__name__)

STATEMENT = 250  # cutting between statements that no blank line parts
SIGNATURE_PART = 6  # a signature beyond this part of the window is repeated by its first line, or not at all
PATH_PART = 2  # title and names together; deeper ones are left out
DEEPEST = 12  # levels of classes in classes; below, lines
KEYS = {
    "json": re.compile(r'^(?P<indent>[ \t]*)"(?P<key>(?:[^"\\\n]|\\.)+)"[ \t]*:', re.MULTILINE),
    "toml": re.compile(r"^(?P<indent>)\[+[ \t]*(?P<key>[^\]\n]+)\]", re.MULTILINE),
    "yaml": re.compile(r"^(?P<indent>)(?P<key>[\w\"'.][^:#\n]*):(?=\s|\Z)", re.MULTILINE),
}
NAME_PART = 8  # a key beyond this part of the window is no name


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the nesting the reading is."""

    first: int  # lines
    after: int
    heading: tuple[str, ...] = ()
    preface: str = ""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A definition with its leading comments, or a statement."""

    first: int  # line
    seam: int
    node: Node | None


def code_blocks(ruler: Ruler, language: str) -> Iterator[Block]:
    """Split a source file into blocks; one that no grammar can read, into groups of lines."""
    if language in KEYS:
        yield from key_blocks(ruler, language)
        return
    root = parse(ruler.text, language)
    starts = list(accumulate((len(line) + 1 for line in ruler.text.split("\n")), initial=0))
    starts[-1] = len(ruler.text)
    if root is None or _unreadable(root):
        _log.info("%s is cut line by line: the grammar for %r can't parse it", ruler.title, language)
        yield Block(start=0, end=len(ruler.text), levels=SOURCE)
        return
    yield from _CodeReading(ruler, starts).blocks(root.children, _Place(0, len(starts) - 1))


def _unreadable(root: Node) -> bool:
    """Check whether its grammar does not know most of a file."""
    if root.type == "ERROR":
        return True
    wrong = sum(child.end_byte - child.start_byte for child in root.children if child.type == "ERROR")
    return wrong * 2 > root.end_byte - root.start_byte


class _CodeReading:
    """One pass over a syntax tree, opening only what is too long for a passage."""

    def __init__(self, ruler: Ruler, starts: Sequence[int]) -> None:
        self._ruler = ruler
        self._starts = starts

    def blocks(self, nodes: Sequence[Node], place: _Place) -> Iterator[Block]:
        """Yield blocks that together are all the lines of a place."""
        units = list(_units(nodes, place.first))
        if not units:
            yield self._block(place, place.first, place.after)
            return
        if units[0].first > place.first:
            yield self._block(place, place.first, units[0].first)
        for unit, following in zip(units, [*units[1:], None], strict=True):
            after = following.first if following else place.after
            yield from self._unit(unit, after, place)

    def _block(self, place: _Place, first: int, after: int, seam: int = 0, carry: str = "") -> Block:
        return Block(
            start=self._starts[first],
            end=self._starts[after],
            heading=place.heading,
            preface=place.preface,
            carry=carry,
            seam=seam,
            levels=SOURCE,
        )

    def _unit(self, unit: _Unit, after: int, place: _Place) -> Iterator[Block]:
        if unit.node is None:
            yield self._block(place, unit.first, after, unit.seam)
            return
        transparent = unit.node.type in TRANSPARENT
        inside = _Place(
            unit.first, after, place.heading if transparent else self._path(unit.node, place), place.preface
        )
        carry = place.preface if unit.node.type in NAMESPACES else self._signature(unit.node, place.preface)
        body = unit.node if transparent else unit.node.child_by_field_name("body")
        opens = unit.node.type in CONTAINERS and body is not None and len(place.heading) < DEEPEST
        if body is None or not opens or self._fits(inside):
            yield self._block(inside, unit.first, after, carry=carry)
            return
        yield from self._opened(inside, body, carry)

    def _path(self, node: Node, place: _Place) -> tuple[str, ...]:
        name = name_of(node)
        path = (*place.heading, name)
        return path if name and self._ruler.context(path, "") <= self._ruler.part(PATH_PART) else place.heading

    def _opened(self, inside: _Place, body: Node, carry: str) -> Iterator[Block]:
        """Yield a class's head as a block and then its members, each with the class's signature above it."""
        members = list(_units(body.children, inside.first + 1))
        head = next((unit.first for unit in members if unit.node is not None), inside.after)
        yield self._block(inside, inside.first, head, carry=carry)
        if head < inside.after:
            nodes = [node for node in body.children if node.start_point.row >= head]
            yield from self.blocks(nodes, _Place(head, inside.after, inside.heading, carry))

    def _fits(self, place: _Place) -> bool:
        tokens = self._ruler.tokens(self._starts[place.first], self._starts[place.after])
        return tokens <= self._ruler.room(place.heading, place.preface)

    def _signature(self, node: Node, outer: str) -> str:
        """Return the line that says what a definition is, under those around it if there is room."""
        body = node.child_by_field_name("body")
        source = node.text or b""
        before = source[: body.start_byte - node.start_byte] if body else source.split(b"\n", 1)[0]
        head = before.decode(errors="replace")
        whole = " ".join(head.split()).rstrip("{ ")
        first = head.strip().split("\n", 1)[0].strip()
        allowed = self._ruler.part(SIGNATURE_PART)
        own = next((text for text in (whole, first) if self._ruler.window.count(text) <= allowed), "")
        nested = "\n".join(part for part in (outer, own) if part)
        return nested if self._ruler.window.count(nested) <= allowed * 2 else own


def _units(nodes: Sequence[Node], floor: int) -> Iterator[_Unit]:
    """Group sibling nodes into units that start on lines of their own."""
    pending: int | None = None  # the first line of comments that stand directly above what comes next
    last = -2  # the line on which the node before ended
    for node in nodes:
        row = node.start_point.row
        shared = row <= last
        apart = row > last + 1
        last = max(last, _end_row(node))
        if shared or row < floor or not node.is_named:  # a brace or an end belongs to what comes before it
            continue
        if pending is not None and apart:
            yield _Unit(pending, 0, None)
            pending = None
        if node.type in ATTACHED:
            pending = row if pending is None else pending
            continue
        definition = _definition(node)
        first = row if pending is None else pending
        pending = None
        yield _Unit(first, 0 if apart or definition else STATEMENT, definition)
    if pending is not None:
        yield _Unit(pending, 0, None)


def _end_row(node: Node) -> int:
    """Return a node's last line; some grammars end comments at the start of the next."""
    return node.end_point.row - (node.end_point.column == 0 and node.end_point.row > node.start_point.row)


def _definition(node: Node) -> Node | None:
    """Return the function or class that a node is or wraps, as in a decorated or exported one."""
    definitions = FUNCTIONS | CONTAINERS
    while node.type in WRAPPERS:
        inner = next((child for child in node.named_children if child.type in WRAPPERS | definitions), None)
        if inner is None:
            return None
        node = inner
    return node if node.type in definitions else None


def key_blocks(ruler: Ruler, language: str) -> Iterator[Block]:
    """Yield a block for each top-level key of a settings or data file, and one for what comes before the first."""
    found = list(_top(ruler.text, language))
    starts = [0, *(_with_comments(ruler.text, match.start()) for match in found), len(ruler.text)]
    names = ["", *(match["key"].strip("\"' ") for match in found)]
    for start, end, name in zip(starts, starts[1:], names, strict=False):
        short = name and ruler.window.count(name) <= ruler.part(NAME_PART)
        yield Block(start=start, end=end, heading=(name,) if short else (), levels=SOURCE)


def _top(text: str, language: str) -> Iterator[re.Match[str]]:
    """Find the keys that are indented like the first."""
    indent: str | None = None
    for match in KEYS[language].finditer(text):
        indent = match["indent"] if indent is None else indent
        if match["indent"] == indent:
            yield match


def _with_comments(text: str, start: int) -> int:
    """Move the start of a key up past the comments directly above it."""
    while start:
        above = text.rfind("\n", 0, start - 1) + 1
        if not text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start
