"""Bringing the library up to date with a corpus in BEIR form: one JSON object a line."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from hone.records import Document
from retriever.cutting.identity import hash_text
from retriever.library.library import Library
from retriever.library.rows import Fingerprint, Rejection, Shelved
from retriever.reading.cleaning import clean
from retriever.reading.parsed import Parsed
from retriever.sources.desk import Desk, free_id
from retriever.sources.report import SyncReport
from retriever.sources.source import Source, is_printable, readable_by, require_location

KIND = "record"
LONGEST_LINE = 32 * 1024 * 1024  # bytes; a longer one is not a document


def _named(name: str) -> str:
    if not is_printable(name):
        raise ValueError("it has control characters in it")
    return name


class _Record(BaseModel):
    """A line, as outsiders write it: fields that are not ours are let be."""

    model_config = ConfigDict(populate_by_name=True, coerce_numbers_to_str=True)

    id: Annotated[str, AfterValidator(_named)] = Field(alias="_id", min_length=1)
    title: str = ""
    text: str
    url: str = ""
    groups: frozenset[str] | None = None
    modified: datetime | None = None


def sync_corpus(source: Source, library: Library, desk: Desk) -> SyncReport:
    """Read the lines that are new or changed, and take out the records that are gone."""
    report = SyncReport(source=source.name)
    known = library.fingerprints(source.name)
    refused = {item.path for item in library.rejections(source.name)}
    taken = library.ids(outside=source.name) | {name for name, _ in known.values()}
    gone = dict(known)
    seen: dict[str, int] = {}
    require_location(source)
    desk.progress.stage(f"reading {source.name}", _count_lines(source.location))
    for number, line in _lines(source.location):
        record = _parse(line)
        problem = record if isinstance(record, str) else _twice(record, seen)
        if isinstance(record, str) or problem:
            _reject(source, number, problem or "", desk, report)
            continue
        seen[record.id] = number
        if record.id in source.ignore:
            continue
        gone.pop(record.id, None)
        _take(source, record, line, known, taken, desk, report)
    desk.clear()
    desk.librarian.remove([name for name, _ in gone.values()])
    report.removed = len(gone)
    report.forgiven = sorted(refused - {item.path for item in report.rejected})
    return report


def _take(
    source: Source,
    record: _Record,
    line: bytes,
    known: Mapping[str, tuple[str, Fingerprint]],
    taken: set[str],
    desk: Desk,
    report: SyncReport,
) -> None:
    # Readers are part of the hash: another group for the source is a change of every record that names none.
    content = hashlib.blake2b(line + repr(sorted(source.groups)).encode(), digest_size=16).hexdigest()
    before = known.get(record.id)
    if before and before[1].content_hash == content:
        report.unchanged += 1
        desk.progress.advance(1)
        return
    name = before[0] if before else _id_for(source, record, taken)
    desk.take(_shelved(source, record, name, Fingerprint(size=len(line), mtime_ns=0, content_hash=content), desk))
    report.changed += bool(before)
    report.added += not before


def _id_for(source: Source, record: _Record, taken: set[str]) -> str:
    """Keep the record's own id, which judgments name, unless another document has it."""
    return free_id(f"{source.name}/{record.id}" if record.id in taken else record.id, taken)


def _shelved(source: Source, record: _Record, name: str, fingerprint: Fingerprint, desk: Desk) -> Shelved:
    text = clean(record.text).text
    title = clean(record.title).text.strip()
    parsed = Parsed(title=title, text=text, syntax="plain")
    modified = record.modified or datetime.fromtimestamp(source.location.stat().st_mtime, UTC)
    document = Document(
        id=name,
        source=source.name,
        path=record.id,
        title=title,
        kind=KIND,
        url=record.url or (f"{source.url.rstrip('/')}/{record.id}" if source.url else ""),
        groups=source.groups if record.groups is None else readable_by(record.groups),
        modified=modified if modified.tzinfo else modified.replace(tzinfo=UTC),
        text_hash=hash_text(text),
    )
    return Shelved(
        document=document,
        text=text,
        syntax="plain",
        warnings=(),
        fingerprint=fingerprint,
        passages=desk.cut(parsed, name),
    )


def _parse(line: bytes) -> _Record | str:
    try:
        return _Record.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        return f"{field}: {first['msg']}" if field else first["msg"]


def _twice(record: _Record, seen: Mapping[str, int]) -> str:
    return f"_id {record.id!r} stands on line {seen[record.id]} too" if record.id in seen else ""


def _reject(source: Source, number: int, reason: str, desk: Desk, report: SyncReport) -> None:
    rejection = Rejection(source=source.name, path=f"line {number}", reason=reason, size=0, mtime_ns=0)
    desk.librarian.reject(rejection)
    report.rejected.append(rejection)
    desk.progress.advance(1)


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as stream:
        number = 0
        while line := stream.readline(LONGEST_LINE):
            number += 1
            if line.strip():
                yield number, line.strip()


def _count_lines(file: Path) -> int:
    with file.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
