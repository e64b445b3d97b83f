"""A corpus in BEIR form: one JSON object a line, each with the groups that may read it if it says so."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from retriever.library.rows import moment_of
from retriever.reading.limits import Refused
from retriever.reading.metadata import plain_title
from retriever.reading.parsed import Parsed
from retriever.sources.connector import FetchedItem, ListingEnd, ListingEntry, SourceItem, UnreadableItem
from retriever.sources.source import Source, is_printable, require_there

SUFFIXES = (".jsonl", ".ndjson")
LONGEST_LINE = 32 * 1024 * 1024  # bytes; a longer one is not a document


def _named(name: str) -> str:
    if not is_printable(name):
        raise ValueError("it contains control characters")
    return name


class _Record(BaseModel):
    """A line, as outsiders write it: unknown fields are ignored."""

    model_config = ConfigDict(populate_by_name=True, coerce_numbers_to_str=True)

    id: Annotated[str, AfterValidator(_named)] = Field(alias="_id", min_length=1)
    title: str = ""
    text: str
    url: str = ""
    groups: frozenset[str] | None = None
    modified: datetime | None = None


class BeirFile:
    """Lists records by their ids, which judgments name, so they are kept in the library."""

    def __init__(self, source: Source) -> None:
        self._source, self._file = source, Path(source.address)

    def list(self, cursor: str) -> Iterator[ListingEntry]:  # noqa: ARG002 -- it lists everything each time
        """Name every record, and every line that isn't one."""
        require_there(self._source)
        written = moment_of(self._file.stat().st_mtime)
        seen: dict[str, int] = {}
        for number, (offset, line) in enumerate(self._lines(), start=1):
            if not line:
                continue
            record = _parse(line)
            problem = record if isinstance(record, str) else _twice(record, seen)
            if isinstance(record, str) or problem:
                yield UnreadableItem(path=f"line {number}", version=_hash(line), reason=problem)
                continue
            seen[record.id] = number
            yield SourceItem(
                id=record.id,
                path=record.id,
                version=_hash(line),
                document=record.id,
                handle=str(offset),
                readers=record.groups,
                url=record.url,
                modified=record.modified or written,
            )
        yield ListingEnd()

    def fetch(self, item: SourceItem) -> FetchedItem:
        """Read a record's line again."""
        with self._file.open("rb") as stream:
            stream.seek(int(item.handle))
            line = stream.readline(LONGEST_LINE).strip()
        record = _parse(line)
        if isinstance(record, str) or _hash(line) != item.version:
            raise Refused("its line changed while the file was being read", "unopened")
        return FetchedItem(
            item=item, body=Parsed(title=plain_title(record.title), text=record.text, syntax="plain", kind="record")
        )

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        with self._file.open("rb") as stream:
            offset = 0
            while line := stream.readline(LONGEST_LINE):
                yield offset, line.strip()
                offset += len(line)


def _parse(line: bytes) -> _Record | str:
    try:
        return _Record.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        return f"{field}: {first['msg']}" if field else first["msg"]


def _twice(record: _Record, seen: Mapping[str, int]) -> str:
    return f"_id {record.id!r} is already on line {seen[record.id]}" if record.id in seen else ""


def _hash(line: bytes) -> str:
    return hashlib.blake2b(line, digest_size=16).hexdigest()
