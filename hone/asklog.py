"""What was asked and answered, with everything on the way: the traces that training learns from."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hone.database import Database

_asks = sa.Table(
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


_JSON = frozenset({"plan", "searches", "evidence", "claims", "signals", "degraded", "took_ms"})


class AskLog:
    """Writes and reads asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, ask: LoggedAsk) -> None:
        """Write one ask down."""
        row = {name: json.dumps(value, default=str) if name in _JSON else value for name, value in asdict(ask).items()}
        with self._database.write() as connection:
            connection.execute(_asks.insert().values({**row, "timestamp": ask.timestamp.isoformat()}))

    def asks(self, *, person: str | None = None, limit: int = 100) -> list[LoggedAsk]:
        """List asks, newest first."""
        query = sa.select(_asks).order_by(_asks.c.timestamp.desc()).limit(limit)
        query = query if person is None else query.where(_asks.c.client_id == person)
        with self._database.read() as connection:
            return [_read(row) for row in connection.execute(query).mappings()]

    def forget(self, person: str) -> int:
        """Delete every ask of a person, and say how many there were."""
        with self._database.write() as connection:
            return connection.execute(_asks.delete().where(_asks.c.client_id == person)).rowcount


def _read(row: sa.RowMapping) -> LoggedAsk:
    values: dict[str, Any] = {
        field.name: json.loads(row[field.name]) if field.name in _JSON else row[field.name]
        for field in fields(LoggedAsk)
    }
    for name in ("searches", "evidence", "claims", "degraded"):
        values[name] = tuple(values[name])
    values["timestamp"] = datetime.fromisoformat(row["timestamp"]).astimezone(UTC)
    return LoggedAsk(**values)
