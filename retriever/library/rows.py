"""The library's tables, as the migrations made them, their rows as records, and records as rows."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from hone.records import Document, Passage

_meta = sa.MetaData()

sources = sa.Table(
    "sources",
    _meta,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("location", sa.Text),
    sa.Column("include", sa.JSON),
    sa.Column("ignore", sa.JSON),
    sa.Column("groups", sa.JSON),
    sa.Column("url", sa.Text),
    sa.Column("synced", sa.Float),
    sa.Column("cursor", sa.Text),
    sa.Column("scope", sa.Text),
)
documents = sa.Table(
    "documents",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text),
    sa.Column("path", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("url", sa.Text),
    sa.Column("groups", sa.JSON),
    sa.Column("modified", sa.Float),
    sa.Column("text", sa.Text),
    sa.Column("text_hash", sa.Text),
    sa.Column("syntax", sa.Text),
    sa.Column("warnings", sa.JSON),
    sa.Column("content_hash", sa.Text),
    sa.Column("added", sa.Float),
    sa.Column("item", sa.Text),
    sa.Column("version", sa.Text),
    sa.Column("passages_in_all", sa.Integer),
)
passages = sa.Table(
    "passages",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("document", sa.Text, sa.ForeignKey("documents.id")),
    sa.Column("ordinal", sa.Integer),
    sa.Column("heading", sa.JSON),
    sa.Column("preface", sa.Text),
    sa.Column("text", sa.Text),
    sa.Column("start", sa.Integer),
    sa.Column("end", sa.Integer),
    sa.Column("page", sa.Integer),
    sa.Column("revision", sa.Integer),
)
removed = sa.Table(
    "removed_passages",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer),
)
rejections = sa.Table(
    "rejections",
    _meta,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text),
    sa.Column("cause", sa.Text),
    sa.Column("limit", sa.Float),
    sa.Column("groups", sa.JSON),
    sa.Column("item", sa.Text),
    sa.Column("version", sa.Text),
    sa.Column("at", sa.Float),
)
library = sa.Table("library", _meta, sa.Column("revision", sa.Integer))


# Seconds since the epoch, of the year 1 and of 9999-12-31: files and records bear dates that Python can't hold.
OLDEST, NEWEST = -62_135_596_800.0, 253_402_214_400.0
AT_ONCE = 500  # ids in one IN (…): SQLite takes more, but plans worse


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What its source calls a document, and what shows whether it has changed since it was last read."""

    item: str
    version: str
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDocument:
    """What a document is compared by with its source."""

    id: str
    path: str
    url: str
    groups: frozenset[str]
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A document with everything the library keeps of it."""

    document: Document
    text: str
    syntax: str
    warnings: tuple[str, ...]
    fingerprint: Fingerprint
    passages: tuple[Passage, ...]
    passages_in_all: int | None = None  # that all of its text would make, where only the first are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A passage and the document it is in."""

    passage: Passage
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A file that could not be read, and why."""

    source: str
    path: str
    reason: str
    cause: str  # one of reading.limits.Cause
    groups: frozenset[str]  # that would have read it, and may know its name
    limit: float | None = None  # that was in force, where a limit is the cause
    item: str = ""  # its source's own id for it
    version: str = ""  # its source's mark of what was refused


DOCUMENT = sa.select(
    documents.c.id,
    documents.c.source,
    documents.c.path,
    documents.c.title,
    documents.c.kind,
    documents.c.url,
    documents.c.groups,
    documents.c.modified,
    documents.c.text_hash,
)
PLACED = sa.select(
    passages,
    *(column.label(f"document_{column.name}") for column in DOCUMENT.selected_columns if column.name != "id"),
).join(documents, documents.c.id == passages.c.document)


PLACED_SQL = str(PLACED.compile(dialect=sqlite.dialect()))  # the same for `Database.glances`; JSON comes as text


def glanced(row: sqlite3.Row) -> Placed:
    """Read a passage with its document from a row of PLACED_SQL."""
    columns = dict(zip(row.keys(), row, strict=True))
    columns |= {name: json.loads(columns[name]) for name in ("heading", "document_groups")}
    return placed(SimpleNamespace(**columns))


def document_row(item: StoredDocument) -> dict[str, object]:
    document, fingerprint = item.document, item.fingerprint
    return {
        "id": document.id,
        "source": document.source,
        "path": document.path,
        "title": document.title,
        "kind": document.kind,
        "url": document.url,
        "groups": sorted(document.groups),
        "modified": document.modified.timestamp(),
        "text": item.text,
        "text_hash": document.text_hash,
        "syntax": item.syntax,
        "warnings": list(item.warnings),
        "content_hash": fingerprint.content_hash,
        "item": fingerprint.item,
        "version": fingerprint.version,
        "passages_in_all": item.passages_in_all,
    }


def passage_row(passage: Passage) -> dict[str, object]:
    return {
        "id": passage.id,
        "document": passage.document,
        "ordinal": passage.ordinal,
        "heading": list(passage.heading),
        "preface": passage.preface,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "page": passage.page,
    }


def passage_of(row: sa.Row[*tuple[Any, ...]] | SimpleNamespace) -> Passage:
    return Passage(
        id=row.id,
        document=row.document,
        ordinal=row.ordinal,
        heading=tuple(row.heading),
        preface=row.preface,
        text=row.text,
        start=row.start,
        end=row.end,
        page=row.page,
    )


def document_of(row: sa.Row[*tuple[Any, ...]]) -> Document:
    return Document(
        id=row.id,
        source=row.source,
        path=row.path,
        title=row.title,
        kind=row.kind,
        url=row.url,
        groups=frozenset(row.groups),
        modified=moment_of(row.modified),
        text_hash=row.text_hash,
    )


def placed(row: sa.Row[*tuple[Any, ...]] | SimpleNamespace) -> Placed:
    """Read a passage with its document."""
    document = Document(
        id=row.document,
        source=row.document_source,
        path=row.document_path,
        title=row.document_title,
        kind=row.document_kind,
        url=row.document_url,
        groups=frozenset(row.document_groups),
        modified=moment_of(row.document_modified),
        text_hash=row.document_text_hash,
    )
    return Placed(passage=passage_of(row), document=document)


def moment_of(seconds: float) -> datetime:
    """Make a time of seconds since the epoch, the nearest there is for what lies beyond."""
    return datetime.fromtimestamp(min(max(seconds, OLDEST), NEWEST), UTC)


def parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
