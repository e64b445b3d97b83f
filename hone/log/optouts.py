"""People who don't want Hone to learn from what they search for and do."""

from collections.abc import Collection
from datetime import UTC, datetime

import sqlalchemy as sa

from hone.database import Database
from hone.errors import UsageError
from hone.log.rows import note_change, stamp

_optouts = sa.table("optouts", sa.column("person", sa.Text), sa.column("since", sa.Text))


class OptOuts:
    """Who opted out: nothing they did counts, and all of it counts again once they opt in."""

    def __init__(self, database: Database, settled: Collection[str] = ()) -> None:
        self._database = database
        self._settled = frozenset(settled)  # by the settings, whatever people say

    def people(self) -> frozenset[str]:
        """List everyone who opted out."""
        with self._database.read() as connection:
            return self._settled.union(connection.execute(sa.select(_optouts.c.person)).scalars())

    def has(self, person: str) -> bool:
        """Check whether a person opted out."""
        return person in self.people()

    def add(self, person: str) -> None:
        """Learn nothing from a person."""
        if not person:
            raise UsageError("The person's name is empty.", hint="Only a person who is signed in can opt out.")
        with self._database.write() as connection:
            connection.execute(sa.delete(_optouts).where(_optouts.c.person == person))
            connection.execute(sa.insert(_optouts).values(person=person, since=stamp(datetime.now(UTC))))
            note_change(connection)

    def remove(self, person: str) -> None:
        """Learn from a person again."""
        with self._database.write() as connection:
            connection.execute(sa.delete(_optouts).where(_optouts.c.person == person))
            note_change(connection)
