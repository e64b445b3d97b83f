"""What people and admins confirmed: which text answers which question, who says so, and questions as vectors.

Nothing is copied out of the log for it: what is taken back, forgotten or deleted there is no longer confirmed here.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hone.database import Database
from hone.log.rows import EVENTS, SEARCHES, batches, note_change
from hone.log.traces import cited_in
from hone.records import ADMIN

CONFIRMING = ("relevant", "thumb_up", "thumb_down")  # what people say; clicks and copies are not said
ANSWERS = 3  # the grade that says of a text that it answers; 0 says that it does not
GRADE = "grade:"  # how the ids of what only grading says begin
REVISION_SQL = "SELECT revision FROM confirmation_changes"
SAID_SQL = """SELECT event_id AS id, action_name AS action, events.client_id AS person, searches.client_id AS searcher,
    object_id AS object, event_attributes AS attributes, user_query AS question, "groups",
    documents, query_response_hit_ids AS shown, plan, question AS asked, claims
    FROM events JOIN searches ON searches.query_id = events.query_id
    LEFT JOIN asks ON object_id = '' AND asks.ask_id = json_extract(event_attributes, '$.ask_id')
    WHERE action_name IN ('relevant', 'thumb_up', 'thumb_down')"""
IDS_SQL = "SELECT event_id FROM events WHERE action_name IN ('relevant', 'thumb_up', 'thumb_down')"
GRADED_SQL = """SELECT graded_results.query_id AS search, passage, graded_results.client_id AS person, document, grade,
    user_query AS question FROM graded_results JOIN searches ON searches.query_id = graded_results.query_id
    WHERE grade IN (0, 3)"""

# Seeks one name after the other in the index, which takes as long as there are people and not as there are searches.
PEOPLE_SQL = """WITH RECURSIVE people(name) AS (
    SELECT min(client_id) FROM searches
    UNION ALL SELECT (SELECT min(client_id) FROM searches WHERE client_id > name) FROM people WHERE name IS NOT NULL)
    SELECT count(*) FROM people WHERE name <> ''"""

GRADED = sa.table("graded_results", *map(sa.column, ("query_id", "passage", "client_id", "document", "grade")))
VECTORS = sa.table(
    "question_vectors",
    sa.column("model", sa.Text),
    sa.column("confirmation", sa.Text),
    sa.column("vector", sa.LargeBinary),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """One thing that somebody said of a text as an answer to a question."""

    id: str
    question: str
    object: str  # a passage or a document
    document: str  # of the passage, as far as the log knows: passages are cut anew when a document changes
    person: str
    admin: bool = False  # or somebody who grades results
    agrees: bool = True  # otherwise they say that it does not answer
    share: float = 1.0  # of one word, where it was said of an answer that cites several texts
    answer: bool = False  # said of an answer, which may be deleted while the word stands


class ConfirmationLog:
    """Reads what is confirmed, and keeps what only grading says and the vectors of questions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self) -> int:
        """Number the newest change; none has happened yet at zero."""
        return self._database.glance(REVISION_SQL)

    def people(self) -> int:
        """Count the people who have searched."""
        return self._database.glance(PEOPLE_SQL)

    def confirmations(
        self, opted_out: Collection[str] = (), known: Collection[Confirmation] = ()
    ) -> list[Confirmation]:
        """List what people and admins said, but for those who opted out; what is known is not read anew.

        Of what is known, only what somebody has taken back changes, and words about answers.
        """
        there = {item.id: item for item in known if not (item.answer or item.id.startswith(GRADE))}
        said = self._said(there)
        graded = (_graded(row) for row in self._database.glances(GRADED_SQL, ()))
        return [item for each in (said, graded) for item in each if item.person and item.person not in opted_out]

    def _said(self, known: Mapping[str, Confirmation]) -> Iterator[Confirmation]:
        ids = [row["event_id"] for row in self._database.glances(IDS_SQL, ())]
        fresh = [name for name in ids if name not in known]
        yield from (known[name] for name in ids if name in known)
        for batch in batches(fresh):
            rows = self._database.glances(f"{SAID_SQL} AND event_id IN ({', '.join('?' * len(batch))})", batch)
            yield from (item for row in rows for item in _said(row))

    def keep_grade(self, search: str, passage: str, document: str, person: str, grade: int) -> None:
        """Keep what somebody who grades results said of one; it replaces what they said before."""
        row = {"query_id": search, "passage": passage, "client_id": person, "document": document, "grade": grade}
        with self._database.write() as connection:
            connection.execute(sa.delete(GRADED).where(*_of_grade(search, passage, person)))
            connection.execute(sa.insert(GRADED).values(row))
            note_change(connection)

    def drop_grade(self, search: str, passage: str, person: str) -> None:
        """Take a grade back."""
        with self._database.write() as connection:
            connection.execute(sa.delete(GRADED).where(*_of_grade(search, passage, person)))
            note_change(connection)

    def vectors(self, model: str, ids: Collection[str]) -> dict[str, bytes]:
        """Read the vectors of questions by the ids of confirmations, as far as a model's are kept."""
        found = dict[str, bytes]()
        with self._database.read() as connection:
            for batch in batches(ids):
                mine = (VECTORS.c.model == model) & VECTORS.c.confirmation.in_(batch)
                rows = connection.execute(sa.select(VECTORS.c.confirmation, VECTORS.c.vector).where(mine))
                found.update((row.confirmation, row.vector) for row in rows)
        return found

    def keep_vectors(self, model: str, vectors: Mapping[str, bytes]) -> None:
        """Keep the vectors of questions that are still confirmed: what was forgotten meanwhile must not come back."""
        with self._database.write() as connection:
            there = set(connection.execute(_known(vectors)).scalars())
            rows = [
                {"model": model, "confirmation": name, "vector": vector}
                for name, vector in vectors.items()
                if name in there
            ]
            connection.execute(
                sa.delete(VECTORS).where(VECTORS.c.model == model, VECTORS.c.confirmation.in_(list(there)))
            )
            if rows:
                connection.execute(sa.insert(VECTORS), rows)


def forget_confirmed(connection: sa.Connection, person: str) -> None:
    """Delete a person's grades and what was confirmed for searches that are gone, with the vectors of all that."""
    lost = GRADED.c.query_id.not_in(sa.select(SEARCHES.c.query_id))
    connection.execute(sa.delete(GRADED).where((GRADED.c.client_id == person) | lost))
    connection.execute(sa.delete(VECTORS).where(VECTORS.c.confirmation.not_in(_every_id())))
    note_change(connection)


def withdraw_confirmed(connection: sa.Connection, event_id: str) -> None:
    """Count that an event was taken back, and delete the vector of its question."""
    connection.execute(sa.delete(VECTORS).where(VECTORS.c.confirmation == event_id))
    note_change(connection)


def _every_id() -> sa.CompoundSelect[str]:
    said = sa.select(EVENTS.c.event_id).where(EVENTS.c.action_name.in_(CONFIRMING))
    return sa.union_all(said, sa.select(_grade_id()))


def _known(vectors: Collection[str]) -> sa.CompoundSelect[str]:
    names = list(vectors)
    said = sa.select(EVENTS.c.event_id).where(EVENTS.c.event_id.in_(names))
    return sa.union_all(said, sa.select(_grade_id()).where(_grade_id().in_(names)))


def _grade_id() -> sa.ColumnElement[str]:
    return sa.literal(GRADE) + GRADED.c.query_id + ":" + GRADED.c.passage + ":" + GRADED.c.client_id


def _of_grade(search: str, passage: str, person: str) -> Sequence[sa.ColumnElement[bool]]:
    return (GRADED.c.query_id == search, GRADED.c.passage == passage, GRADED.c.client_id == person)


def _said(row: sqlite3.Row) -> Iterator[Confirmation]:
    """Read a word about a text; of a word about an answer, one for each text that it cites."""
    if row["person"] and row["searcher"] and row["person"] != row["searcher"]:
        return  # about another person's search, as only an import can have it
    cited: Mapping[str, str] = {}
    if not row["object"]:
        cited = cited_in(row["claims"]) if row["claims"] and row["action"] == "thumb_up" else {}
    about = {row["object"]: ""} if row["object"] else cited
    question = (json.loads(row["plan"]).get("standalone") or row["asked"]) if cited else row["question"]
    for name, document in about.items():
        yield Confirmation(
            id=row["id"],
            question=str(question),
            object=name,
            document=document or _document_of(row),
            person=row["person"] or row["searcher"],
            admin=ADMIN in json.loads(row["groups"]),
            agrees=row["action"] != "thumb_down",
            share=1 / len(about),
            answer=not row["object"],
        )


def _document_of(row: sqlite3.Row) -> str:
    if missed := json.loads(row["attributes"]).get("document"):
        return str(missed)
    shown = zip(json.loads(row["shown"]), json.loads(row["documents"]), strict=False)
    return next((str(document) for passage, document in shown if passage == row["object"]), row["object"])


def _graded(row: sqlite3.Row) -> Confirmation:
    return Confirmation(
        id=f"{GRADE}{row['search']}:{row['passage']}:{row['person']}",
        question=row["question"],
        object=row["passage"],
        document=row["document"],
        person=row["person"],
        admin=True,
        agrees=row["grade"] == ANSWERS,
    )
