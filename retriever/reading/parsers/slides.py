"""Presentations: each slide a heading, then its text, tables, charts, notes and comments."""

import io
from collections.abc import Iterable, Iterator

from pptx import Presentation
from pptx.exc import PackageNotFoundError
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.table import Table
from pptx.text.text import TextFrame

from retriever.reading.limits import ReadLimits, Refused
from retriever.reading.office import open_archive, parse_xml, read_chart, read_properties
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.tables import pipe_table

_DEEPEST = 20  # groups in groups
_COMMENTS = "/comments"  # how the relation to a slide's comments ends, in both of PowerPoint's forms


def parse(source: FileContent) -> ParserOutput:
    """Read a presentation."""
    with open_archive(source.data, source.limits) as archive:
        properties = read_properties(archive)  # python-pptx gives the present moment where a file states none
    try:
        deck = Presentation(io.BytesIO(source.data))
    except (PackageNotFoundError, KeyError) as error:
        raise Refused(f"damaged presentation: {error}") from error
    slides = [_read_slide(slide, number, source.limits) for number, slide in enumerate(deck.slides, start=1)]
    return ParserOutput(text="\n\n".join(slides), title=properties.title, date=properties.date)


def _read_slide(slide: Slide, number: int, limits: ReadLimits) -> str:
    title = slide.shapes.title
    heading = " ".join(title.text_frame.text.split()) if title is not None else ""
    blocks = [f"# {heading or f'Slide {number}'}"]
    for shape in _in_reading_order(_flatten(slide.shapes)):
        if title is None or shape.shape_id != title.shape_id:
            blocks += _read_shape(shape, limits)
    blocks += _read_comments(slide)
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None and notes.text.strip():
        blocks.append(f"Notes: {notes.text.strip()}")
    return "\n\n".join(block for block in blocks if block)


def _flatten(shapes: Iterable[BaseShape], depth: int = 0) -> Iterator[BaseShape]:
    for shape in shapes:
        if isinstance(shape, GroupShape) and depth < _DEEPEST:
            yield from _flatten(shape.shapes, depth + 1)
        else:
            yield shape


def _in_reading_order(shapes: Iterable[BaseShape]) -> list[BaseShape]:
    return sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))


def _read_shape(shape: BaseShape, limits: ReadLimits) -> Iterator[str]:
    if isinstance(shape, GraphicFrame) and shape.has_table:
        yield _read_table(shape.table, limits)
    elif isinstance(shape, GraphicFrame) and shape.has_chart:
        yield read_chart(shape.chart.part.blob, limits)
    elif shape.has_text_frame:
        yield _read_text(shape.text_frame)  # pyright: ignore -- only shapes with a text frame have the attribute


def _read_text(frame: TextFrame) -> str:
    paragraphs = [(paragraph.level, " ".join(paragraph.text.split())) for paragraph in frame.paragraphs]
    written = [(level, text) for level, text in paragraphs if text]
    if len(written) < 2:
        return "\n".join(text for _, text in written)
    return "\n".join(f"{'  ' * level}- {text}" for level, text in written)


def _read_table(table: Table, limits: ReadLimits) -> str:
    """Write a table; a merged cell's text is in each cell that it covers."""
    cells = [list(table.rows[number].cells) for number in range(len(table.rows))]
    grid = [[cell.text for cell in row] for row in cells]
    for top, row in enumerate(cells):
        for left, cell in enumerate(row):
            if cell.is_merge_origin:
                _cover(grid[top : top + cell.span_height], slice(left, left + cell.span_width), cell.text)
    return pipe_table(grid, limits)


def _cover(rows: list[list[str]], columns: slice, text: str) -> None:
    for row in rows:
        row[columns] = [text] * len(row[columns])


def _read_comments(slide: Slide) -> Iterator[str]:
    for relation in slide.part.rels.values():
        if relation.reltype.endswith(_COMMENTS) and not relation.is_external:
            for comment in parse_xml(relation.target_part.blob):
                text = " ".join("".join(comment.itertext("{*}text", "{*}t")).split())
                yield f"Comment: {text}" if text else ""
