"""Whether the library is what was read: every document's text against its hash, every passage against its document."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from hone.database import Database
from hone.progress import Progress
from retriever.cutting.identity import hash_text, is_as_cut
from retriever.library.rows import passage_of
from retriever.library.tables import documents, passages

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
