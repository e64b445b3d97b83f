"""The library: documents and their passages in SQL, the truth that every index is built from, and checked as such."""

import json
import logging
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from hone.database import Database
from hone.errors import HoneError
from hone.progress import Progress
from hone.records import Document, Passage
from retriever.cutting.window import hash_text, is_as_cut
from retriever.library.rows import (
    DOCUMENT,
    PLACED,
    PLACED_SQL,
    Fingerprint,
    KnownDocument,
    Placed,
    Rejection,
    document_of,
    documents,
    glanced,
    parts,
    passage_of,
    passages,
    placed,
    rejection_of,
    rejections,
    removed,
)

log = logging.getLogger(__name__)

KEPT_SQL = """SELECT id, path, url, "groups", item, version, content_hash FROM documents WHERE source = ?"""
BEFORE_ANY = -1  # a revision: everything has changed since


def altered_text(document: str) -> HoneError:
    """Build the error for a document whose text in the library is not the one that was read."""
    return HoneError(
        f"The text of {document} in the library was changed after it was read from its source.",
        hint=f"Read it again: {reread([document])}",
    )


def reread(documents: Sequence[str]) -> str:
    """Return the command that reads documents again though their source has not changed."""
    return shlex.join(["hone", "documents", "sync", *(word for name in documents for word in ("--reread", name))])


class Library:
    """Reads documents and passages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self) -> int:
        """Number the newest change that an index has to hear of."""
        return self._database.glance("SELECT revision FROM library")

    def document(self, name: str) -> Document:
        """Find a document by its id, or by its path where only one source has it."""
        with self._database.read() as connection:
            rows = connection.execute(DOCUMENT.where(documents.c.id == name)).all()
            rows = rows or connection.execute(DOCUMENT.where(documents.c.path == name)).all()
        if len(rows) == 1:
            return document_of(rows[0])
        if rows:
            found = ", ".join(row.id for row in rows)
            raise HoneError(
                f"{len(rows)} documents have the path {name!r}: {found}.", hint="Use the id of one of them."
            )
        raise HoneError(f"There is no document {name!r}.", hint="`hone documents list` shows them all.")

    def text(self, document: str) -> str:
        """Read a document's stored text, which offsets count in; refuse one that was changed since."""
        query = sa.select(documents.c.text, documents.c.text_hash).where(documents.c.id == document)
        with self._database.read() as connection:
            text, written = connection.execute(query).one()
        if hash_text(text) != written:
            raise altered_text(document)
        return text

    def warnings(self, document: str) -> tuple[str, ...]:
        """Read the reader's warnings about a document."""
        (found,) = self._scalars(sa.select(documents.c.warnings).where(documents.c.id == document))
        return tuple(found)

    def documents(self, source: str | None = None) -> Iterator[Document]:
        """List documents in order of source and path."""
        query = DOCUMENT.order_by(documents.c.source, documents.c.path)
        with self._database.read() as connection:
            for row in connection.execute(query.where(documents.c.source == source) if source else query):
                yield document_of(row)

    def recent(self, limit: int) -> list[Document]:
        """List the documents that were changed last, the newest first."""
        query = DOCUMENT.order_by(documents.c.modified.desc(), documents.c.id).limit(limit)
        with self._database.read() as connection:
            return [document_of(row) for row in connection.execute(query)]

    def kept(self, source: str) -> dict[str, KnownDocument]:
        """List what a source's documents are compared by, by the source's own ids."""
        rows = self._database.glances(KEPT_SQL, [source])

        @cache
        def groups_of(written: str) -> frozenset[str]:
            return frozenset(json.loads(written))  # nearly all have the same few readers: read and held once

        return {
            row["item"]: KnownDocument(
                id=row["id"],
                path=row["path"],
                url=row["url"],
                groups=groups_of(row["groups"]),
                fingerprint=Fingerprint(item=row["item"], version=row["version"], content_hash=row["content_hash"]),
            )
            for row in rows
        }

    def passages(self, document: str) -> list[Passage]:
        """List a document's passages in order."""
        query = sa.select(passages).where(passages.c.document == document).order_by(passages.c.ordinal)
        with self._database.read() as connection:
            return [passage_of(row) for row in connection.execute(query)]

    def place(self, ids: Sequence[str]) -> dict[str, Placed]:
        """Find passages with their documents; ids that are gone are left out."""
        rows = (
            row
            for part in parts(ids)
            for row in self._database.glances(f"{PLACED_SQL} WHERE passages.id IN ({', '.join('?' * len(part))})", part)
        )
        found = dict[str, Placed]()
        for row in rows:
            try:
                found[row["id"]] = glanced(row)
            except (ValueError, TypeError):  # headings or readers that aren't JSON
                log.error("passage %s can't be read from the library; check it with: hone verify", row["id"])
        return found

    def readers(self, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """Find which groups may read passages now; unknown ids are left out."""
        query = sa.select(passages.c.id, documents.c.groups).join(documents, documents.c.id == passages.c.document)
        with self._database.read() as connection:
            return {
                row.id: frozenset(row.groups)
                for part in parts(ids)
                for row in connection.execute(query.where(passages.c.id.in_(part)))
            }

    def owners(self, ids: Sequence[str]) -> dict[str, str]:
        """Find which document each passage is in; unknown ids are left out."""
        query = sa.select(passages.c.id, passages.c.document)
        with self._database.read() as connection:
            found = (connection.execute(query.where(passages.c.id.in_(part))) for part in parts(ids))
            return {row.id: row.document for rows in found for row in rows}

    def known_ids(self, ids: Iterable[str]) -> frozenset[str]:
        """Find which of these are documents or passages of the library."""
        known: set[str] = set()
        with self._database.read() as connection:
            for part in parts(list(ids)):
                for column in (documents.c.id, passages.c.id):
                    known.update(connection.execute(sa.select(column).where(column.in_(part))).scalars())
        return frozenset(known)

    def changed(self, since: int, *, small_first: bool = False) -> Iterator[Placed]:
        """Go through every passage that an index of that revision does not hold as it is now, document by document."""
        size = [sa.func.count().over(partition_by=passages.c.document)] if small_first else []
        query = PLACED.where(passages.c.revision > since).order_by(*size, passages.c.document, passages.c.ordinal)
        with self._database.read() as connection:
            for row in connection.execution_options(yield_per=1000).execute(query):
                yield placed(row)

    def everything(self) -> Iterator[Placed]:
        """Go through every passage."""
        return self.changed(BEFORE_ANY)

    def sample(self, size: int) -> list[Placed]:
        """Take passages at random, the same ones each time: ids are hashes, so the smallest are as good as drawn."""
        with self._database.read() as connection:
            return [placed(row) for row in connection.execute(PLACED.order_by(passages.c.id).limit(size))]

    def count_changed(self, since: int) -> int:
        """Count the passages that an index of that revision does not hold as they are now."""
        return self._scalars(sa.select(sa.func.count()).select_from(passages).where(passages.c.revision > since))[0]

    def removed(self, since: int) -> list[str]:
        """List the passages that an index of that revision may hold and should not."""
        return self._scalars(sa.select(removed.c.id).where(removed.c.revision > since))

    def ids(self, *, outside: str) -> set[str]:
        """List the ids of documents outside one source."""
        return set(self._scalars(sa.select(documents.c.id).where(documents.c.source != outside)))

    def sources(self) -> set[str]:
        """List the sources that documents came from."""
        return set(self._scalars(sa.select(documents.c.source).distinct()))

    def kinds(self) -> set[str]:
        """List the kinds of documents there are."""
        return set(self._scalars(sa.select(documents.c.kind).distinct()))

    def count(self, source: str | None = None) -> tuple[int, int]:
        """Count documents and passages."""
        counted = sa.select(sa.func.count(sa.distinct(documents.c.id)), sa.func.count(passages.c.id)).select_from(
            documents.outerjoin(passages)
        )
        with self._database.read() as connection:
            row = connection.execute(counted.where(documents.c.source == source) if source else counted).one()
        return row[0], row[1]

    def rejections(self, source: str | None = None) -> list[Rejection]:
        """List the files that could not be read."""
        query = sa.select(rejections).order_by(rejections.c.source, rejections.c.path)
        with self._database.read() as connection:
            rows = connection.execute(query.where(rejections.c.source == source) if source else query).all()
        return [rejection_of(row) for row in rows]

    def groups(self) -> set[str]:
        """List the groups that may read any document."""
        return {group for groups in self._scalars(sa.select(documents.c.groups).distinct()) for group in groups}

    def _scalars(self, query: sa.Select[Any]) -> list[Any]:
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())


READ_AT_ONCE = 100  # documents with their texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """A document that is not in the library as it was read."""

    document: str
    said: str


def alterations(database: Database, progress: Progress) -> Iterator[Alteration]:
    """Go through the library and name every document whose text or passages were altered."""
    columns = (documents.c.id, documents.c.text, documents.c.text_hash)
    with database.read() as connection:
        progress.stage("library", connection.execute(sa.select(sa.func.count()).select_from(documents)).scalar_one())
        rows = connection.execution_options(yield_per=READ_AT_ONCE).execute(sa.select(*columns))
        for row in rows:
            progress.advance(1)
            if said := _altered(database, row.id, row.text, row.text_hash):
                yield Alteration(document=row.id, said=said)


def _altered(database: Database, document: str, text: str, written: str) -> str:
    if hash_text(text) != written:
        return "its text was changed after it was read"
    query = sa.select(passages).where(passages.c.document == document).order_by(passages.c.ordinal)
    try:
        with database.read() as connection:
            cut = [passage_of(row) for row in connection.execute(query)]
    except (ValueError, TypeError):  # headings that aren't JSON
        return "its passages can't be read"
    wrong = [item for item in cut if text[item.start : item.end] != item.text or not is_as_cut(item)]
    return f"{len(wrong):,} of its {len(cut):,} passages don't match its text" if wrong else ""
