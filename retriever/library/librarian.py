"""The librarian: the only one who changes the library; each change is one transaction and moves the revision."""

import time
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from hone.database import Database
from hone.records import Document
from retriever.library.rows import (
    DOCUMENT,
    Fingerprint,
    Rejection,
    Shelved,
    document_of,
    document_row,
    parts,
    passage_row,
)
from retriever.library.tables import documents, library, passages, rejections, removed


class Librarian:
    """Writes documents, passages and rejections."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, shelved: Sequence[Shelved]) -> None:
        """Add or replace documents; passages that stay as they were are not announced to the index again."""
        with self._database.write() as connection:
            revision = _advance(connection)
            for item in shelved:
                _put_document(connection, item, revision)

    def move(self, document: Document, fingerprint: Fingerprint) -> None:
        """Record that a document has a new path, url or modification time, and announce it to the index."""
        with self._database.write() as connection:
            revision = _advance(connection)
            connection.execute(
                documents.update()
                .where(documents.c.id == document.id)
                .values(
                    path=document.path,
                    url=document.url,
                    kind=document.kind,
                    title=document.title,
                    modified=document.modified.timestamp(),
                    size=fingerprint.size,
                    mtime_ns=fingerprint.mtime_ns,
                )
            )
            _announce(connection, [document.id], revision)

    def touch(self, ids: Mapping[str, Fingerprint]) -> None:
        """Remember new size and time of files whose content turned out to be the same."""
        with self._database.write() as connection:
            for name, fingerprint in ids.items():
                values = {"size": fingerprint.size, "mtime_ns": fingerprint.mtime_ns}
                connection.execute(documents.update().where(documents.c.id == name).values(values))

    def regroup(self, source: str, groups: frozenset[str]) -> int:
        """Give a source's documents to other readers; tells how many changed."""
        wanted = sorted(groups)
        with self._database.write() as connection:
            rows = connection.execute(
                sa.select(documents.c.id, documents.c.groups).where(documents.c.source == source)
            ).all()
            changed = [row.id for row in rows if sorted(row.groups) != wanted]
            if changed:
                revision = _advance(connection)
                for part in parts(changed):
                    connection.execute(documents.update().where(documents.c.id.in_(part)).values(groups=wanted))
                _announce(connection, changed, revision)
        return len(changed)

    def distrust(self, ids: Sequence[str]) -> None:
        """Have documents read and indexed again by the next sync, as if their files had changed."""
        with self._database.write() as connection:
            revision = _advance(connection)
            for part in parts(ids):
                forgotten = {"size": -1, "mtime_ns": 0, "content_hash": ""}
                connection.execute(documents.update().where(documents.c.id.in_(part)).values(forgotten))
            _announce(connection, ids, revision)

    def remove(self, ids: Sequence[str]) -> None:
        """Take documents out, passages and all."""
        if not ids:
            return
        with self._database.write() as connection:
            revision = _advance(connection)
            for part in parts(ids):
                gone = connection.execute(sa.select(passages.c.id).where(passages.c.document.in_(part))).scalars()
                _bury(connection, list(gone), revision)
                connection.execute(documents.delete().where(documents.c.id.in_(part)))

    def reject(self, rejection: Rejection) -> None:
        """Remember that a file could not be read, so that it is not tried again until it changes."""
        values = {
            "source": rejection.source,
            "path": rejection.path,
            "reason": rejection.reason,
            "size": rejection.size,
            "mtime_ns": rejection.mtime_ns,
            "at": time.time(),
        }
        with self._database.write() as connection:
            connection.execute(rejections.insert().prefix_with("OR REPLACE").values(values))

    def absolve(self, source: str, paths: Sequence[str]) -> None:
        """Forget rejections of files that were read after all, or are gone."""
        with self._database.write() as connection:
            for part in parts(paths):
                connection.execute(
                    rejections.delete().where(rejections.c.source == source, rejections.c.path.in_(part))
                )


def _advance(connection: sa.Connection) -> int:
    connection.execute(library.update().values(revision=library.c.revision + 1))
    return connection.execute(sa.select(library.c.revision)).scalar_one()


def _announce(connection: sa.Connection, ids: Sequence[str], revision: int) -> None:
    for part in parts(ids):
        connection.execute(passages.update().where(passages.c.document.in_(part)).values(revision=revision))


def _bury(connection: sa.Connection, ids: Sequence[str], revision: int) -> None:
    for part in parts(ids):
        connection.execute(passages.delete().where(passages.c.id.in_(part)))
        rows = [{"id": name, "revision": revision} for name in part]
        connection.execute(removed.insert().prefix_with("OR REPLACE"), rows)


def _put_document(connection: sa.Connection, item: Shelved, revision: int) -> None:
    known = connection.execute(DOCUMENT.where(documents.c.id == item.document.id)).first()
    values = document_row(item)
    if known is None:
        connection.execute(documents.insert().values(**values, added=time.time()))
    else:
        connection.execute(documents.update().where(documents.c.id == item.document.id).values(values))
    same = known is not None and _as_indexed(document_of(known)) == _as_indexed(item.document)
    before = set(connection.execute(sa.select(passages.c.id).where(passages.c.document == item.document.id)).scalars())
    after = {passage.id for passage in item.passages}
    _bury(connection, sorted(before - after), revision)
    connection.execute(removed.delete().where(removed.c.id.in_(after)))
    for passage in item.passages:
        row = passage_row(passage)
        if passage.id not in before:
            connection.execute(passages.insert().values(**row, revision=revision))
        elif same:
            connection.execute(passages.update().where(passages.c.id == passage.id).values(row))
        else:
            connection.execute(passages.update().where(passages.c.id == passage.id).values(**row, revision=revision))


def _as_indexed(document: Document) -> tuple[object, ...]:
    """Give what the index holds of a document; the title is in every passage's vector."""
    return document.title, document.source, document.path, document.kind, document.groups, document.modified
