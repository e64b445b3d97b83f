"""Comma-, tab-, pipe- and semicolon-separated values as a Markdown table."""

import csv
import io

from retriever.reading.limits import Refused
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.sniffing import decode
from retriever.reading.tables import pipe_table

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50


def parse(source: FileContent) -> ParserOutput:
    """Read delimited values."""
    text = decode(source.data)
    csv.field_size_limit(source.limits.output_chars)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_find_delimiter(text))
    try:
        return ParserOutput(text=pipe_table((row for row in rows if any(row)), source.limits))
    except csv.Error as error:
        raise Refused(f"not a table of separated values: {error}", "format") from error


def _find_delimiter(text: str) -> str:
    """Take the delimiter that cuts the first lines into the most columns alike; csv.Sniffer fails on short files."""
    lines = [line for line in text[:200_000].splitlines() if line.strip()][:_SAMPLE_LINES]
    return max(_DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: list[str], delimiter: str) -> float:
    widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
    common = max(set(widths), key=widths.count, default=1)
    return common * widths.count(common) / len(widths) if common > 1 else 0.0
