"""The library's tables, as the migrations made them, their rows as records, and records as rows."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from hone.records import Document, Passage

_meta = sa.MetaData()


def _columns(kind: type[Any], names: str) -> Iterator[sa.Column[Any]]:
    yield from (sa.Column(name, kind) for name in names.split())


sources = sa.Table(
    "sources",
    _meta,
    sa.Column("name", sa.Text, primary_key=True),
    *_columns(sa.Text, "location url cursor scope"),
    *_columns(sa.JSON, "include ignore groups"),
    *_columns(sa.Float, "synced"),
)
documents = sa.Table(
    "documents",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    *_columns(sa.Text, "source path title kind url text text_hash syntax content_hash item version"),
    *_columns(sa.JSON, "groups warnings"),
    *_columns(sa.Float, "modified added"),
    *_columns(sa.Integer, "passages_in_all"),
)
passages = sa.Table(
    "passages",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("document", sa.Text, sa.ForeignKey("documents.id")),
    *_columns(sa.Text, "preface text"),
    *_columns(sa.JSON, "heading"),
    *_columns(sa.Integer, "ordinal start end page revision"),
)
removed = sa.Table(
    "removed_passages", _meta, sa.Column("id", sa.Text, primary_key=True), sa.Column("revision", sa.Integer)
)
rejections = sa.Table(
    "rejections",
    _meta,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    *_columns(sa.Text, "reason cause item version"),
    *_columns(sa.JSON, "groups"),
    *_columns(sa.Float, "limit at"),
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


_DOCUMENT = tuple(item.name for item in fields(Document))
_PASSAGE = tuple(item.name for item in fields(Passage))
DOCUMENT = sa.select(*(documents.c[name] for name in _DOCUMENT))
PLACED = sa.select(
    *(passages.c[name] for name in _PASSAGE), *(documents.c[name].label(f"document_{name}") for name in _DOCUMENT)
).join(documents, documents.c.id == passages.c.document)
PLACED_SQL = str(PLACED.compile(dialect=sqlite.dialect()))  # the same for `Database.glances`; JSON comes as text


Row = sa.Row[*tuple[Any, ...]] | SimpleNamespace


def glanced(row: sqlite3.Row) -> Placed:
    """Read a passage with its document from a row of PLACED_SQL."""
    columns = dict(zip(row.keys(), row, strict=True))
    columns |= {name: json.loads(columns[name]) for name in ("heading", "document_groups")}
    return placed(SimpleNamespace(**columns))


def document_row(item: StoredDocument) -> dict[str, object]:
    """Lay a document out as a row."""
    document = item.document
    return {
        **{name: getattr(document, name) for name in _DOCUMENT},
        "groups": sorted(document.groups),
        "modified": document.modified.timestamp(),
        "text": item.text,
        "syntax": item.syntax,
        "warnings": list(item.warnings),
        **asdict(item.fingerprint),
        "passages_in_all": item.passages_in_all,
    }


def passage_row(passage: Passage) -> dict[str, Any]:
    """Lay a passage out as a row."""
    return {name: getattr(passage, name) for name in _PASSAGE} | {"heading": list(passage.heading)}


def passage_of(row: Row) -> Passage:
    """Read a passage."""
    told: dict[str, Any] = {name: getattr(row, name) for name in _PASSAGE}
    told["heading"] = tuple(told["heading"])
    return Passage(**told)


def document_of(row: Row, prefix: str = "") -> Document:
    """Read a document."""
    told: dict[str, Any] = {name: getattr(row, prefix + name) for name in _DOCUMENT}
    told["groups"], told["modified"] = frozenset(told["groups"]), moment_of(told["modified"])
    return Document(**told)


def placed(row: Row) -> Placed:
    """Read a passage with its document."""
    return Placed(passage=passage_of(row), document=document_of(row, "document_"))


def rejection_of(row: Row) -> Rejection:
    """Read a rejection."""
    told: dict[str, Any] = {item.name: getattr(row, item.name) for item in fields(Rejection)}
    told["groups"] = frozenset(told["groups"])
    return Rejection(**told)


def moment_of(seconds: float) -> datetime:
    """Make a time of seconds since the epoch, the nearest there is for what lies beyond."""
    return datetime.fromtimestamp(min(max(seconds, OLDEST), NEWEST), UTC)


def parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
