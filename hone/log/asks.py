"""What was asked and answered, with everything on the way."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hone.database import Database
from hone.errors import UsageError
from hone.log.rows import batches, stamp

# Noted among what did not work where the asker stopped an answer: that says nothing of how good it would have been.
STOPPED: Mapping[str, str] = {"stage": "ask", "what": "it was stopped", "instead": "what was found until then"}

ASKS = sa.Table(
    "asks",
    sa.MetaData(),
    sa.Column("ask_id", sa.Text, primary_key=True),
    *(
        sa.Column(name, sa.Text)
        for name in (
            "thread",
            "client_id",
            "question",
            "timestamp",
            "text",
            "verdict",
            "model",
            "generation",
            "llm",
            "prompts",
        )
    ),
    sa.Column("probability", sa.Float),
    *(
        sa.Column(name, sa.Text)  # JSON
        for name in ("plan", "searches", "evidence", "claims", "signals", "degraded", "took_ms")
    ),
    sa.Column("body", sa.Text),
    *(sa.Column(name, sa.Text) for name in ("conflicts", "missing", "may_mean")),  # JSON
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAsk:
    """One ask as the log keeps it; the searches themselves stand in the search log under their ids."""

    ask_id: str
    thread: str
    client_id: str
    question: str
    timestamp: datetime
    text: str
    verdict: str
    model: str
    generation: str
    llm: str
    prompts: str
    probability: float
    plan: Mapping[str, Any]
    searches: tuple[Mapping[str, str], ...]  # every sub-question: id, text, reason, and its search's id or its error
    evidence: tuple[str, ...]  # passages, in the order of their numbers
    claims: tuple[Mapping[str, Any], ...]
    signals: Mapping[str, float]
    degraded: tuple[Mapping[str, str], ...]
    took_ms: Mapping[str, float]
    body: str = ""  # the text without what it says of conflicts and of what is missing; older logs have none
    conflicts: tuple[Mapping[str, Any], ...] = ()  # older, newer: places in the evidence, from 1; about
    missing: tuple[str, ...] = ()  # parts of the question
    may_mean: tuple[str, ...] = ()  # what it may mean

    @property
    def search_ids(self) -> tuple[str, ...]:
        """The searches that worked, as the search log names them."""
        return tuple(search["search_id"] for search in self.searches if "search_id" in search)


JSON_COLUMNS = frozenset(
    {"plan", "searches", "evidence", "claims", "signals", "degraded", "took_ms", "conflicts", "missing", "may_mean"}
)


class AskLog:
    """Writes and reads asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, ask: LoggedAsk) -> None:
        """Write one ask down."""
        row = {
            name: json.dumps(value, default=_plain) if name in JSON_COLUMNS else value
            for name, value in asdict(ask).items()
        }
        with self._database.write() as connection:
            connection.execute(ASKS.insert().values({**row, "timestamp": stamp(ask.timestamp)}))

    def asks(self, *, person: str | None = None, thread: str | None = None, limit: int = 100) -> list[LoggedAsk]:
        """List asks, newest first; those of one conversation in the order they were asked.

        A limit leaves out the oldest, in a conversation too.
        """
        chosen = [
            column == value
            for column, value in ((ASKS.c.client_id, person), (ASKS.c.thread, thread))
            if value is not None
        ]
        query = sa.select(ASKS).where(*chosen).order_by(ASKS.c.timestamp.desc(), ASKS.c.ask_id).limit(limit)
        with self._database.read() as connection:
            found = [_read(row) for row in connection.execute(query).mappings()]
        return found if thread is None else found[::-1]

    def ask(self, ask_id: str) -> LoggedAsk:
        """Find one ask."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(ASKS).where(ASKS.c.ask_id == ask_id)).mappings().first()
        if row is None:
            raise UsageError(f"There is no ask {ask_id!r} in the log.", hint="It was deleted, or never logged.")
        return _read(row)

    def questions(self, ask_ids: Collection[str]) -> dict[str, str]:
        """Return what was asked, by ask; one that is not in the log is left out."""
        found = dict[str, str]()
        with self._database.read() as connection:
            for batch in batches(ask_ids):
                wanted = sa.select(ASKS.c.ask_id, ASKS.c.question).where(ASKS.c.ask_id.in_(batch))
                found.update((row.ask_id, row.question) for row in connection.execute(wanted))
        return found

    def forget(self, person: str, *, thread: str | None = None) -> int:
        """Delete every ask of a person, or those of one conversation of theirs, and say how many there were."""
        query = ASKS.delete().where(ASKS.c.client_id == person)
        query = query if thread is None else query.where(ASKS.c.thread == thread)
        with self._database.write() as connection:
            return connection.execute(query).rowcount


def _plain(value: object) -> Any:
    """Write down what JSON has no form for: moments as ISO, sets in order."""
    if isinstance(value, datetime):
        return value.isoformat()
    return sorted(value, key=str) if isinstance(value, set | frozenset) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # any set


def _read(row: sa.RowMapping) -> LoggedAsk:
    values: dict[str, Any] = {
        field.name: json.loads(row[field.name]) if field.name in JSON_COLUMNS else row[field.name]
        for field in fields(LoggedAsk)
    }
    for name in ("searches", "evidence", "claims", "degraded", "conflicts", "missing", "may_mean"):
        values[name] = tuple(values[name])
    values["timestamp"] = datetime.fromisoformat(row["timestamp"]).astimezone(UTC)
    return LoggedAsk(**values)
