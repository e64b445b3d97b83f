"""Markdown as blocks: paragraphs, lists, tables and fences under their headings."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, islice

from markdown_it import MarkdownIt
from markdown_it.token import Token

from retriever.cutting.blocks import LINES, PROSE, Block, Level, among
from retriever.cutting.sentences import sentence_starts
from retriever.cutting.window import Ruler

LONGEST_PART = 4  # a heading beyond this part of the window is a paragraph that somebody marked as a heading
PATH_PART = 2  # title and headings together; the outermost headings give way first

_MARKUP = (
    (re.compile(r"<!--.*?-->|<[^>\s][^>]*>"), ""),
    (re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])"), r"\1"),
    (re.compile(r"\s*\{[:#.][^}]*\}\s*$"), ""),
    (re.compile(r"(\*\*|__|`+|~~)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)([*_])(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)
# Link definitions stay paragraphs: as definitions they would vanish from every passage.
_PARSER = MarkdownIt("commonmark").enable("table").disable("reference")
_FRONT_MATTER = re.compile(
    r"\A(?:---[ \t]*\n(?=[\w\"'-]+[ \t]*:)(?:.*\n)*?(?:---|\.\.\.)|\+\+\+[ \t]*\n(?:.*\n)*?\+\+\+)[ \t]*(?:\n|\Z)"
)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
INTRODUCED = 900  # cutting between "Bring with you:" and its list
BEFORE_LIST = 250
HEADING_LONGEST = 500  # characters with markup; its patterns are slow on hostile lines
HEADER_LONGEST = 4000  # likewise
LEAD_PART = 8  # an introducing sentence longer than this part of the window is not repeated
HEAD_PART = 3  # nor a table's header beyond this


def plain_heading(content: str) -> str:
    """Take the markup out of a heading's line."""
    for pattern, plain in _MARKUP:
        content = pattern.sub(plain, content)
    return " ".join(content.split())


class Headings:
    """The path to where the reading is, with the offset of each heading's line."""

    def __init__(self, ruler: Ruler) -> None:
        self._ruler = ruler
        self._open: list[tuple[int, str]] = []  # level and text
        self._starts: list[int] = []
        self.path: tuple[str, ...] = ()
        self.marks: tuple[int, ...] = ()

    def enter(self, level: int, heading: str, start: int) -> bool:
        """Enter a section, unless this is too long or too empty to be a heading."""
        if not heading or self._ruler.window.count(heading) > self._ruler.part(LONGEST_PART):
            return False
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
            self._starts.pop()
        self._open.append((level, heading))
        self._starts.append(start)
        self._show()
        return True

    def alone(self, start: int, end: int) -> Block:
        """Make a block of the heading just entered, which has nothing below it."""
        return Block(start=start, end=end, heading=self.path[:-1], marks=self.marks[:-1], levels=PROSE)

    def _show(self) -> None:
        path = tuple(heading for _, heading in self._open)
        skipped = 0
        while len(path) - skipped > 1 and self._ruler.context(path[skipped:], "") > self._ruler.part(PATH_PART):
            skipped += 1
        self.path, self.marks = path[skipped:], tuple(self._starts[skipped:])


@dataclass(frozen=True, slots=True)
class _Span:
    """A top-level block token with its inner tokens."""

    kind: str
    first: int  # lines
    after: int
    tokens: Sequence[Token]


def markdown_blocks(ruler: Ruler) -> Iterator[Block]:
    """Split a Markdown text into blocks, in order."""
    matter = _FRONT_MATTER.match(ruler.text)
    skipped = matter.end() if matter else 0
    body = ruler.text[skipped:]
    written = body.split("\n")
    starts = list(accumulate((len(line) + 1 for line in written), initial=skipped))
    starts[-1] = len(ruler.text)
    return _MarkdownReading(ruler, starts).blocks(list(_spans(body, written)))


def _spans(body: str, written: Sequence[str]) -> Iterator[_Span]:
    """Yield the top-level blocks, and as paragraphs whatever lines the parser passed over."""
    tokens: list[Token] = []
    _PARSER.block.parse(body, _PARSER, {}, tokens)
    line = at = 0
    while at < len(tokens):
        stop = at + 1
        if tokens[at].nesting == 1:
            while tokens[stop].level:
                stop += 1
            stop += 1
        first, after = tokens[at].map or (line, line)
        if any(map(str.strip, written[line:first])):
            yield _Span("paragraph_open", line, first, ())
        if after > max(first, line):
            yield _Span(tokens[at].type, max(first, line), after, tokens[at:stop])
        line, at = max(line, after), stop
    if any(map(str.strip, written[line:])):
        yield _Span("paragraph_open", line, len(written), ())


class _MarkdownReading:
    """One pass over a document's blocks, remembering the headings and the last paragraph."""

    def __init__(self, ruler: Ruler, starts: Sequence[int]) -> None:
        self._ruler = ruler
        self._starts = starts
        self._headings = Headings(ruler)
        self._lead = ""  # the sentence that ends in a colon just before
        self._seam = 0
        self._forms = {
            "bullet_list_open": self._list,
            "ordered_list_open": self._list,
            "table_open": self._table,
            "fence": self._lines,
            "code_block": self._lines,
            "html_block": self._paragraph,
        }

    def blocks(self, spans: Sequence[_Span]) -> Iterator[Block]:
        for at, span in enumerate(spans):
            start, end = self._bounds(span)
            if span.kind == "hr":
                continue
            if span.kind == "heading_open" and self._enters(span, start):
                self._lead, self._seam = "", 0
                if not _leads_on(spans, at):
                    yield self._headings.alone(start, end)
                continue
            yield from self._forms.get(span.kind, self._paragraph)(span)
            self._lead = self._introduction(start, end) if span.kind == "paragraph_open" else ""
            self._seam = BEFORE_LIST if span.kind == "paragraph_open" else 0

    def _bounds(self, span: _Span) -> tuple[int, int]:
        return self._starts[span.first], self._starts[span.after]

    def _enters(self, span: _Span, start: int) -> bool:
        content = span.tokens[1].content
        # A title of two lines is a paragraph that happens to stand above a rule.
        if "\n" in content or len(content) > HEADING_LONGEST:
            return False
        return self._headings.enter(int(span.tokens[0].tag[1]), plain_heading(content), start)

    def _block(self, start: int, end: int, levels: tuple[Level, ...], seam: int = 0) -> Block:
        return Block(
            start=start,
            end=end,
            heading=self._headings.path,
            marks=self._headings.marks,
            preface=self._lead,
            seam=INTRODUCED if self._lead else seam,
            levels=levels,
        )

    def _paragraph(self, span: _Span) -> Iterator[Block]:
        yield self._block(*self._bounds(span), PROSE)

    def _lines(self, span: _Span) -> Iterator[Block]:
        yield self._block(*self._bounds(span), LINES)

    def _list(self, span: _Span) -> Iterator[Block]:
        levels: list[Level] = []
        for depth in sorted({token.level for token in span.tokens if token.type == "list_item_open"})[:3]:
            items = [self._starts[token.map[0]] for token in span.tokens if _opens(token, depth) and token.map]
            levels.append(Level(cost=100 + 100 * len(levels), cuts=among(items)))
        yield self._block(*self._bounds(span), (*levels, *PROSE), seam=self._seam)

    def _table(self, span: _Span) -> Iterator[Block]:
        start, end = self._bounds(span)
        rows = self._starts[span.first + 2 : span.after]
        if not rows or self._ruler.tokens(start, end) <= self._ruler.room(self._headings.path, self._lead):
            yield self._block(start, end, PROSE)
            return
        header = self._ruler.text[start : self._starts[span.first + 1]].strip()
        columns = sum(token.type == "th_open" for token in span.tokens)
        preface = next((text for text in _headers(header, columns) if self._repeats(text, HEAD_PART)), "")
        if not preface:
            yield self._block(start, self._starts[span.first + 1], PROSE)
        yield replace(
            self._block(rows[0], end, (Level(cost=100, cuts=among(rows)), *PROSE)), preface=preface, bound=bool(preface)
        )

    def _introduction(self, start: int, end: int) -> str:
        text = self._ruler.text[start:end].rstrip()
        if not text.rstrip("*_ ").endswith((":", "：")):
            return ""
        sentence = text[max(sentence_starts(text, 0, len(text)), default=0) :].strip()
        return sentence if self._repeats(sentence, LEAD_PART) else ""

    def _repeats(self, text: str, part: int) -> bool:
        """Check whether a text is short enough to be put before several passages."""
        short = self._ruler.window.count(text) <= self._ruler.part(part)
        return short and self._ruler.leaves_room(self._headings.path, text)


def _headers(row: str, columns: int) -> Iterator[str]:
    """Return a table's header with the shortest separator, as it is and without the addresses of its links."""
    if len(row) > HEADER_LONGEST:
        return
    narrow = re.sub(r"[ \t]{2,}", " ", row)
    separator = "\n" + "|-" * columns + "|"
    yield narrow + separator
    yield _LINK.sub(r"\1", narrow) + separator


def _opens(token: Token, depth: int) -> bool:
    return token.type == "list_item_open" and token.level == depth


def _leads_on(spans: Sequence[_Span], at: int) -> bool:
    """Check whether a heading has something below it, so that some passage bears it in its path."""
    after = next((span for span in islice(spans, at + 1, None) if span.kind != "hr"), None)
    if after is None:
        return False
    return after.kind != "heading_open" or after.tokens[0].tag > spans[at].tokens[0].tag
