"""Pairs from files that a person brings."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.data.problems import Problems, fingerprint_of
from hone.errors import HoneError
from retriever.library.library import Library
from training.pairs.file_lines import EXPECTED, Numbered, read_lines
from training.pairs.sources import PairInputs
from training.pairs.texts import DocumentTexts, Text, text_of
from training.records import Ground, Pair

GRADE = 3  # a person put them together


@dataclass(frozen=True, slots=True, kw_only=True)
class _PairFile:
    path: Path
    lines: Sequence[Numbered]
    problems: Problems


def from_files(given: PairInputs) -> Iterator[Pair]:
    """Return the pairs of every file; all that is wrong with a file is said at once, and then none of it is taken.

    A text that the library holds as a passage is that passage; any other stands for itself.
    """
    shelves = DocumentTexts(given.library)
    for path in given.files:
        problems = Problems(where=path, expected=EXPECTED)
        file = _PairFile(path=path, lines=read_lines(path, problems), problems=problems)
        known = _known(file.lines, given.library)
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
