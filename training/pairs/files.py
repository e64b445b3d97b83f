"""Pairs from files that a person brings: JSON lines, CSV or TSV with the same names for the same things."""

import csv
import hashlib
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from eval.data.problems import Problems, fingerprint_of
from hone.errors import HoneError
from retriever.library.library import Library
from retriever.searching.searcher import LONGEST_QUERY
from training.pairs.texts import DocumentTexts, Text, text_of
from training.records import Ground, Pair

EXPECTED = (
    'A .jsonl line is {"question": "…", "passage": "…"} with the text of the passage, or has "document" with an id or '
    'a path instead; "weight" is optional. A .csv or .tsv starts with a line of these names.'
)
LONGEST_TEXT = 100_000  # characters; an encoder reads some 2,000 of them


class PairLine(BaseModel):
    """One question with what answers it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    question: str = Field(min_length=1, max_length=LONGEST_QUERY)
    passage: str = Field(default="", max_length=LONGEST_TEXT)  # its text
    document: str = ""  # an id, or a path where only one source has it
    weight: float = Field(default=1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _one_of_two(self) -> "PairLine":
        if bool(self.passage) == bool(self.document):
            raise ValueError("give either a passage's text or a document, not both")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A good line and where it stands."""

    number: int
    line: PairLine


def read_lines(file: Path, problems: Problems) -> list[Numbered]:
    """Read all lines of a file; what is wrong with any is noted."""
    form = FORMS.get(file.suffix.lower())
    if form is None:
        problems.add(1, f"unknown file type {file.suffix or '(none)'}; use one of {', '.join(FORMS)}", file)
        return []
    return list(form(file, problems))


def _json_lines(file: Path, problems: Problems) -> Iterator[Numbered]:
    for number, text in problems.lines(file):
        try:
            yield Numbered(number=number, line=PairLine.model_validate_json(text))
        except ValidationError as error:
            problems.add_all(number, error, file)


def _table(delimiter: str) -> Callable[[Path, Problems], Iterator[Numbered]]:
    def read(file: Path, problems: Problems) -> Iterator[Numbered]:
        reader = csv.reader(io.StringIO(_decoded(file, problems), newline=""), delimiter=delimiter, strict=True)
        names: list[str] | None = None
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                problems.add(number, f"can't read from here on ({error})", file)
                return
            if cells is None:
                return
            if names is None:
                names = [cell.strip() for cell in cells]
                if unknown := [name for name in names if name not in PairLine.model_fields]:
                    known = ", ".join(PairLine.model_fields)
                    problems.add(number, f"unknown columns {', '.join(map(repr, unknown))}; use {known}", file)
                    return
            elif any(cell.strip() for cell in cells):
                yield from _row(number, names, cells, file, problems)

    return read


def _row(number: int, names: list[str], cells: list[str], file: Path, problems: Problems) -> Iterator[Numbered]:
    if len(cells) != len(names):
        problems.add(number, f"{len(names)} columns are named, but the line has {len(cells)}", file)
        return
    filled: Mapping[str, Any] = {name: cell for name, cell in zip(names, cells, strict=True) if cell.strip()}
    try:
        yield Numbered(number=number, line=PairLine.model_validate(filled))
    except ValidationError as error:
        problems.add_all(number, error, file)


def _decoded(file: Path, problems: Problems) -> str:
    return "\n".join(_whole_lines(file, problems))


def _whole_lines(file: Path, problems: Problems) -> Iterator[str]:
    """Return every line, the empty ones too, so that a cell may hold some and numbers stay right."""
    at = 1
    for number, text in problems.lines(file):
        yield from [""] * (number - at)
        yield text
        at = number + 1


FORMS: Mapping[str, Callable[[Path, Problems], Iterator[Numbered]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".csv": _table(","),
    ".tsv": _table("\t"),
}


GRADE = 3  # a person put them together


@dataclass(frozen=True, slots=True, kw_only=True)
class _PairFile:
    path: Path
    lines: Sequence[Numbered]
    problems: Problems


def from_files(library: Library, files: Sequence[Path]) -> Iterator[Pair]:
    """Return the pairs of every file; all that is wrong with a file is said at once, and then none of it is taken.

    A text that the library holds as a passage is that passage; any other stands for itself.
    """
    shelves = DocumentTexts(library)
    for path in files:
        problems = Problems(where=path, expected=EXPECTED)
        file = _PairFile(path=path, lines=read_lines(path, problems), problems=problems)
        known = _known(file.lines, library)
        texts = [_text(item, known, shelves, file) for item in file.lines]
        problems.require(texts, f"{path} contains no pairs.")
        name = f"file:{fingerprint_of(path)[:16]}"
        for item, text in zip(file.lines, texts, strict=True):
            if text is not None:
                yield _pair(item, text, name)


def _pair(item: Numbered, text: Text, name: str) -> Pair:
    return Pair(
        query=" ".join(item.line.question.split()),
        passage=text.passage,
        document=text.document,
        text=text.text,
        grade=GRADE,
        weight=item.line.weight,
        source="file",
        grounds=(Ground(kind="file", id=f"{name}:{item.number}"),),
        restricted=text.restricted,
    )


def _text(item: Numbered, known: Mapping[str, Text], shelves: DocumentTexts, file: _PairFile) -> Text | None:
    if item.line.passage:
        name = _hash(item.line.passage)
        own = Text(passage=f"text:{name}", document=f"text:{name}", text=item.line.passage, restricted=False)
        return known.get(name, own)
    try:
        text = shelves.choose(item.line.question, item.line.document)
    except HoneError as error:
        file.problems.add(item.number, error.message)
        return None
    if text is None:
        file.problems.add(item.number, f"the document {item.line.document!r} has no passages")
    return text


def _known(lines: Collection[Numbered], library: Library) -> Mapping[str, Text]:
    """Find the library's passages among the texts."""
    wanted = {_hash(item.line.passage) for item in lines if item.line.passage}
    if not wanted:
        return {}
    found = ((_hash(item.passage.text), item) for item in library.everything())
    return {name: text_of(item) for name, item in found if name in wanted}


def _hash(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:32]
