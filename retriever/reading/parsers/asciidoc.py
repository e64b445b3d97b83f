"""AsciiDoc: the part of it that people write, line by line, as Markdown.

No kept Python library reads AsciiDoc, and its own processor is a Ruby program.
"""

import re

from retriever.reading.limits import ReadLimits
from retriever.reading.markup import tidy
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.sniffing import decode
from retriever.reading.tables import pipe_table

_HEADING = re.compile(r"^(={1,6}|#{1,6})\s+(.+)$")
_LIST = re.compile(r"^\s*(\*{1,5}|-|\.{1,5})\s+(.*)$")
_ATTRIBUTE = re.compile(r"^:!?([\w-]+)!?:\s*(.*)$")
_BLOCK_ATTRIBUTES = re.compile(r"^\[.*\]\s*$")
_BLOCK_TITLE = re.compile(r"^\.([^\s.].*)$")
_VERBATIM = ("----", "....", "```")
_DELIMITER = re.compile(r"^(-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|--|```\w*)\s*$")
_CELL = re.compile(r"(?:(?:^|(?<=\s))(?:\d+(?:\.\d+)?[+*])?(?:[<^>](?:\.[<^>])?|\.[<^>])?[adehlmsv]?)?(?<!\\)\|")
_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:link:)?(https?://[^\s\[\]]+)\[([^\]]+?)(?:,[^\]]*)?\]"), r"[\2](\1)"),
    (re.compile(r"(https?://[^\s\[\]]+)\[\]"), r"<\1>"),
    (re.compile(r"(?:link|xref|mailto):[^\s\[]+\[([^\]]*)\]"), r"\1"),
    (re.compile(r"<<[^,>]+,\s*([^>]+)>>"), r"\1"),
    (re.compile(r"<<([^,>]+)>>"), r"\1"),
    (re.compile(r"image::?[^\s\[]+\[([^\],]*)[^\]]*\]"), r"\1"),
    (re.compile(r"(?:kbd|btn|menu|footnote):\w*\[([^\]]*)\]"), r"(\1)"),
    (re.compile(r"\[\[[\w-]+(?:,[^\]]*)?\]\]|\[#[\w-]+\]"), ""),
    (re.compile(r"(?<![\w*])\*(?![\s*])([^*\n]+?)(?<!\s)\*(?![\w*])"), r"**\1**"),
)
_COLUMNS = re.compile(r"cols=[\"']?([^\"'\]]+)")
_LANGUAGE = re.compile(r"^\[(?:source|,)\s*,?\s*(\w*)")


def parse(source: FileContent) -> ParserOutput:
    """Read AsciiDoc."""
    reader = _Reader(decode(source.data).splitlines(), source.limits)
    return ParserOutput(text=tidy("\n".join(reader.read())))


class _Reader:
    """How far the reading of one file has come."""

    def __init__(self, lines: list[str], limits: ReadLimits) -> None:
        self.lines = lines
        self.limits = limits
        self.at = 0
        self.attributes: dict[str, str] = {}
        self.language = ""
        self.columns = 0  # of the next table, where its attributes say
        self.out: list[str] = []

    def read(self) -> list[str]:
        """Read all lines and give the Markdown ones."""
        while self.at < len(self.lines):
            line = self.lines[self.at].rstrip()
            self.at += 1
            if line.startswith("|==="):
                self._read_table(line)
            elif line.startswith("|"):
                self._read_loose_table()
            elif found := _DELIMITER.match(line):
                self._read_block(found[1])
            else:
                self._read_line(line)
        return self.out

    def _read_line(self, line: str) -> None:
        if line.startswith("//"):
            if line.startswith("////"):
                self._until(line)
        elif found := _ATTRIBUTE.match(line):
            self.attributes[found[1]] = found[2]
        elif _BLOCK_ATTRIBUTES.match(line) and not line.startswith("[["):
            language = _LANGUAGE.match(line)
            self.language = language[1] if language else ""
            self.columns = _count_columns(line)
        elif found := _HEADING.match(line):
            self.out += ["", f"{'#' * len(found[1])} {self._inline(found[2])}", ""]
        elif found := _BLOCK_TITLE.match(line):
            self.out += ["", f"**{self._inline(found[1])}**", ""]
        elif found := _LIST.match(line):
            self.out.append(_list_item(found[1], self._inline(found[2])))
        else:
            self.out.append(self._inline("" if line == "+" else line))

    def _read_block(self, mark: str) -> None:
        """Fence what is verbatim; take other delimiters away and read on inside."""
        if not mark.startswith(_VERBATIM):
            self.out.append("")
            return
        language = mark[3:] if mark.startswith("```") else self.language
        closing = "```" if mark.startswith("```") else mark
        self.out += ["", f"```{language}", *self._until(closing), "```", ""]
        self.language = ""

    def _read_table(self, mark: str) -> None:
        """Cells run on over lines, so a row is as many cells as the table is wide."""
        cells: list[str] = []
        first = 0
        for line in map(self._inline, self._until(mark)):
            before, *found = _CELL.split(line)
            if cells and before.strip():
                cells[-1] = f"{cells[-1]} {before.strip()}".strip()
            cells += [cell.strip() for cell in found]
            first = first or len(found)
        width = self.columns or first or 1
        rows = [cells[start : start + width] for start in range(0, len(cells), width)]
        self.out += ["", pipe_table(rows, self.limits), ""]
        self.columns = 0

    def _read_loose_table(self) -> None:
        self.at -= 1
        rows: list[list[str]] = []
        while self.at < len(self.lines) and self.lines[self.at].startswith("|"):
            rows.append([cell.strip() for cell in _CELL.split(self._inline(self.lines[self.at]))[1:]])
            self.at += 1
        self.out += ["", pipe_table(rows, self.limits), ""]

    def _until(self, mark: str) -> list[str]:
        start = self.at
        while self.at < len(self.lines) and self.lines[self.at].rstrip() != mark:
            self.at += 1
        self.at += 1
        return self.lines[start : self.at - 1]

    def _inline(self, line: str) -> str:
        for name in re.findall(r"\{([\w-]+)\}", line):
            line = line.replace(f"{{{name}}}", self.attributes.get(name, f"{{{name}}}"))
        for pattern, replacement in _INLINE:
            line = pattern.sub(replacement, line)
        return line


def _list_item(mark: str, text: str) -> str:
    depth = len(mark) - 1
    return f"{'   ' * depth}1. {text}" if mark.startswith(".") else f"{'  ' * depth}- {text}"


def _count_columns(attributes: str) -> int:
    found = _COLUMNS.search(attributes)
    if found is None:
        return 0
    return sum(int(column.split("*")[0]) if re.match(r"\d{1,3}\*", column) else 1 for column in found[1].split(","))
