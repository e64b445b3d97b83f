"""Workbooks: each sheet a heading, each block of cells a table."""

import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from retriever.reading.limits import ReadLimits, Refused, refuse_over
from retriever.reading.metadata import readable_name
from retriever.reading.office import open_archive, read_properties
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.tables import pipe_table


def parse(source: FileContent) -> ParserOutput:
    """Read a workbook's values; formulas stand as what they gave when it was saved."""
    with open_archive(source.data, source.limits) as archive:
        properties = read_properties(archive)  # openpyxl gives the present moment where a file states none
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions, which are not read
        try:
            book = load_workbook(io.BytesIO(source.data), read_only=True, data_only=True, keep_links=False)
        except (InvalidFileException, KeyError) as error:
            raise Refused(f"damaged workbook: {error}") from error
        text = "\n\n".join(_read_book(book.worksheets, source.limits))
    return ParserOutput(text=text, title=properties.title or readable_name(source.name), date=properties.date)


def _read_book(sheets: Iterable[object], limits: ReadLimits) -> Iterator[str]:
    size = 0
    for sheet in sheets:
        if not isinstance(sheet, ReadOnlyWorksheet) or sheet.sheet_state != "visible":
            continue
        blocks = list(_read_sheet(sheet, limits))
        size += sum(map(len, blocks))
        refuse_over(size, limits)
        if blocks:
            yield "\n\n".join([f"## {sheet.title}", *blocks])


def _read_sheet(sheet: ReadOnlyWorksheet, limits: ReadLimits) -> Iterator[str]:
    sheet.reset_dimensions()  # what a file says about its size is not to be believed
    rows = ([_written(value) for value in row] for row in sheet.iter_rows(values_only=True))
    for block in _blocks(rows, limits):
        cells = [cell for row in block for cell in row if cell]
        yield pipe_table(_narrowed(block), limits) if len(cells) > 1 else cells[0]


def _blocks(rows: Iterable[list[str]], limits: ReadLimits) -> Iterator[list[list[str]]]:
    """Part a sheet at its empty rows: people put several tables on one."""
    block: list[list[str]] = []
    size = 0
    for row in rows:
        if any(row):
            block.append(row)
            size += sum(map(len, row))
            refuse_over(size, limits)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _narrowed(block: Sequence[list[str]]) -> list[list[str]]:
    """Leave out the columns that are empty in the whole block."""
    width = max(map(len, block))
    used = [column for column in range(width) if any(column < len(row) and row[column] for row in block)]
    return [[row[column] if column < len(row) else "" for column in used] for row in block]


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    return str(value)
