"""The librarian: the only one who changes the library; each change is one transaction and moves the revision."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import sqlalchemy as sa

from hone.database import Database
from hone.records import Document
from retriever.library.rows import (
    DOCUMENT,
    KnownDocument,
    Rejection,
    StoredDocument,
    document_of,
    document_row,
    documents,
    library,
    parts,
    passage_row,
    passages,
    rejections,
    removed,
)

_AWAY = "\x01"  # begins no path: those can be shown


class Librarian:
    """Writes documents, passages and rejections."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, shelved: Sequence[StoredDocument]) -> None:
        """Add or replace documents; passages that stay as they were are not announced to the index again."""
        with self._database.write() as connection:
            revision = _advance(connection)
            for item in shelved:
                _put_document(connection, item, revision)

    def restate(self, kept: Sequence[KnownDocument]) -> None:
        """Change documents' paths, URLs, versions or readers; their texts stay as they are."""
        if not kept:
            return
        with self._database.write() as connection:
            revision = _advance(connection)
            for part in parts([item.id for item in kept]):
                # Paths are unique, and two documents may have changed places: none holds its old one meanwhile.
                away = documents.update().where(documents.c.id.in_(part)).values(path=_AWAY + documents.c.id)
                connection.execute(away)
            for item in kept:
                values = {
                    "item": item.fingerprint.item,
                    "version": item.fingerprint.version,
                    "path": item.path,
                    "url": item.url,
                    "groups": sorted(item.groups),
                }
                connection.execute(documents.update().where(documents.c.id == item.id).values(values))
            _announce(connection, [item.id for item in kept], revision)

    def touch(self, versions: Mapping[str, str]) -> None:
        """Remember the new version of documents whose content turned out to be the same."""
        with self._database.write() as connection:
            for name, version in versions.items():
                connection.execute(documents.update().where(documents.c.id == name).values(version=version))

    def distrust(self, ids: Sequence[str]) -> None:
        """Have documents read and indexed again by the next sync, as if their files had changed."""
        with self._database.write() as connection:
            revision = _advance(connection)
            for part in parts(ids):
                forgotten = {"version": "", "content_hash": ""}
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

    def reject(self, rejected: Sequence[Rejection]) -> None:
        """Remember files that could not be read, so that none is tried again without a reason."""
        with self._database.write() as connection:
            for item in rejected:
                values = {**asdict(item), "groups": sorted(item.groups), "at": time.time()}
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


def _put_document(connection: sa.Connection, item: StoredDocument, revision: int) -> None:
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
    """Return what the index holds of a document; the title is in every passage's vector."""
    return document.title, document.source, document.path, document.kind, document.groups, document.modified
