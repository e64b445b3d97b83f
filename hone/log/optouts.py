"""People who said themselves that nothing is to be learned from what they search for and do."""

from collections.abc import Collection
from datetime import UTC, datetime

import sqlalchemy as sa

from hone.database import Database
from hone.errors import UsageError
from hone.log.rows import stamp

_optouts = sa.table("optouts", sa.column("person", sa.Text), sa.column("since", sa.Text))


class OptOuts:
    """Who opted out; what they did before counts no more, and all of it again once they take it back."""

    def __init__(self, database: Database, settled: Collection[str] = ()) -> None:
        self._database = database
        self._settled = frozenset(settled)  # by the settings, whatever people say

    def people(self) -> frozenset[str]:
        """Name everybody who opted out."""
        with self._database.read() as connection:
            return self._settled.union(connection.execute(sa.select(_optouts.c.person)).scalars())

    def has(self, person: str) -> bool:
        """Check whether somebody opted out."""
        return person in self.people()

    def add(self, person: str) -> None:
        """Learn nothing from somebody from now on."""
        if not person:
            raise UsageError("Nobody in particular can't opt out.", hint="Name a person as the log does.")
        with self._database.write() as connection:
            connection.execute(sa.delete(_optouts).where(_optouts.c.person == person))
            connection.execute(sa.insert(_optouts).values(person=person, since=stamp(datetime.now(UTC))))

    def remove(self, person: str) -> None:
        """Learn from somebody again."""
        with self._database.write() as connection:
            connection.execute(sa.delete(_optouts).where(_optouts.c.person == person))
