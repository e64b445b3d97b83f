"""What is kept of grades and labels: one SQLite file, with hashes in place of questions and passages.

No text stands in it, so that a search that is forgotten is forgotten here as well: its hash matches nothing.
"""

import json
import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.rating.judge import JudgedResult, JudgeIdentity
from hone.database import open_wal
from hone.errors import HoneError

FILE = "rating.db"
BUSY_SECONDS = 30.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS judgments (
    judge TEXT NOT NULL, query TEXT NOT NULL, passage TEXT NOT NULL, grade INTEGER NOT NULL, made TEXT NOT NULL,
    PRIMARY KEY (judge, query, passage)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS labels (
    query TEXT NOT NULL, passage TEXT NOT NULL, person TEXT NOT NULL, grade INTEGER NOT NULL, made TEXT NOT NULL,
    PRIMARY KEY (query, passage, person)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS choices (
    judge TEXT NOT NULL, lists TEXT NOT NULL, choice TEXT NOT NULL, made TEXT NOT NULL,
    PRIMARY KEY (judge, lists)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS walks (
    id INTEGER PRIMARY KEY, judge TEXT NOT NULL, made TEXT NOT NULL, items TEXT NOT NULL
);
"""

Keys = tuple[str, str]  # hashes of a question and of a passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a person said of one result."""

    query: str  # hashes
    passage: str
    person: str
    grade: int
    made: str  # UTC

    @property
    def keys(self) -> Keys:
        """Name the result by its hashes, as a judge's grades do."""
        return self.query, self.passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One result of a walk: where to find its text, and how often it was drawn."""

    search: str  # the search that showed it
    passage: str  # its id
    keys: Keys
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWalk:
    """A sample that was drawn to be labelled, in the order it is to be shown."""

    id: int
    judge: str
    made: str
    items: tuple[Drawn, ...]


class RatingStore:
    """Grades, labels and samples of one workspace; safe with several threads and processes."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._lock = threading.Lock()
        home.mkdir(parents=True, exist_ok=True)
        with self._explained():
            self._connection = open_wal(self._path, BUSY_SECONDS)
            self._connection.executescript(SCHEMA)

    def grades(self, judge: JudgeIdentity) -> dict[Keys, int]:
        """Read every grade by a judge."""
        rows = self._rows("SELECT query, passage, grade FROM judgments WHERE judge = ?", (judge.key,))
        return {(query, passage): grade for query, passage, grade in rows}

    def keep_grade(self, judge: JudgeIdentity, pair: JudgedResult, grade: int) -> None:
        """Keep a grade; it is there at once, so that an interrupted rating goes on where it was."""
        self._rows(
            "INSERT OR REPLACE INTO judgments VALUES (?, ?, ?, ?, ?)",
            (judge.key, *pair.keys, grade, _now()),
        )

    def choices(self, judge: JudgeIdentity) -> dict[str, str]:
        """Read every choice between two lists that a judge has made, by a hash of them."""
        return dict(self._rows("SELECT lists, choice FROM choices WHERE judge = ?", (judge.key,)))

    def keep_choice(self, judge: JudgeIdentity, lists: str, choice: str) -> None:
        """Keep a choice at once, as a grade is kept."""
        self._rows("INSERT OR REPLACE INTO choices VALUES (?, ?, ?, ?)", (judge.key, lists, choice, _now()))

    def labels(self) -> list[Label]:
        """Read every label, oldest first."""
        rows = self._rows("SELECT query, passage, person, grade, made FROM labels ORDER BY made, person", ())
        return [
            Label(query=query, passage=passage, person=person, grade=grade, made=made)
            for query, passage, person, grade, made in rows
        ]

    def keep_label(self, keys: Keys, person: str, grade: int) -> None:
        """Keep what a person said; it replaces what the same person said before."""
        self._rows("INSERT OR REPLACE INTO labels VALUES (?, ?, ?, ?, ?)", (*keys, person, grade, _now()))

    def drop_label(self, keys: Keys, person: str) -> None:
        """Take a person's label back."""
        self._rows("DELETE FROM labels WHERE query = ? AND passage = ? AND person = ?", (*keys, person))

    def forget(self, person: str) -> int:
        """Delete every label of a person, and say how many there were."""
        self._rows("PRAGMA secure_delete = ON", ())
        return len(self._rows("DELETE FROM labels WHERE person = ? RETURNING grade", (person,)))

    def keep_walk(self, judge: str, items: Sequence[Drawn]) -> KeptWalk:
        """Keep a sample."""
        plain = [[item.search, item.passage, *item.keys, item.times] for item in items]
        self._rows("INSERT INTO walks (judge, made, items) VALUES (?, ?, ?)", (judge, _now(), json.dumps(plain)))
        newest = self.newest_walk()
        assert newest is not None
        return newest

    def newest_walk(self) -> KeptWalk | None:
        """Read the sample that was drawn last."""
        rows = self._rows("SELECT id, judge, made, items FROM walks ORDER BY id DESC LIMIT 1", ())
        return next((_walk(*row) for row in rows), None)

    def times(self) -> dict[Keys, int]:
        """Tell how often each result of the newest sample was drawn."""
        walk = self.newest_walk()
        return {item.keys: item.times for item in walk.items} if walk else {}

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _rows(self, statement: str, values: Sequence[object]) -> list[Any]:
        with self._lock, self._explained():
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise HoneError(
                f"{self._path} can't be used: {error}.",
                hint="Check the disk's space and the folder's permissions, or move the file away to start over.",
            ) from error


def _walk(number: int, judge: str, made: str, items: str) -> KeptWalk:
    drawn = tuple(
        Drawn(search=search, passage=passage, keys=(query, text), times=times)
        for search, passage, query, text, times in json.loads(items)
    )
    return KeptWalk(id=number, judge=judge, made=made, items=drawn)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
