"""Conversations: LangGraph's SQLite checkpoints, each thread with the one person it belongs to."""

import logging
import sqlite3
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents import records as asking
from hone import records as kernel
from hone.errors import HoneError

log = logging.getLogger(__name__)

BUSY_MS = 1500  # a locked file costs an ask this much at most, and then the conversation, never the answer
TABLE = """
CREATE TABLE IF NOT EXISTS threads (
    id TEXT PRIMARY KEY, person TEXT NOT NULL, title TEXT NOT NULL, began REAL NOT NULL, asked REAL NOT NULL
)"""
# Nothing else is ever made from what a checkpoint holds.
TYPES = [
    (module.__name__, name)
    for module, names in (
        (kernel, ("Asker", "Channel", "Filters", "Hit", "SearchResult")),
        (
            asking,
            (
                *("Citation", "Claim", "Conflict", "Degradation", "Evidence"),
                *("Plan", "Retrieved", "SubQuestion", "Sufficiency", "Turn"),
            ),
        ),
    )
    for name in names
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A conversation in a person's list."""

    id: str
    title: str
    began: float
    asked: float


class Memory(AsyncSqliteSaver):
    """Checkpoints that are lost rather than an answer when the file can't be written; `lost` tells."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        super().__init__(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=TYPES))
        self.lost = ""

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Write a checkpoint, or remember that it could not be written."""
        try:
            return await super().aput(config, checkpoint, metadata, new_versions)
        except sqlite3.Error as error:
            self._lose(error)
            return config

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Write a node's results, or remember that they could not be written."""
        try:
            await super().aput_writes(config, writes, task_id, task_path)
        except sqlite3.Error as error:
            self._lose(error)

    async def own(self, thread: str, person: str, title: str) -> None:
        """Give a new thread to a person; refuse somebody else's as if it did not exist."""
        owner = await self._owner(thread)
        if owner not in (None, person):
            raise HoneError(f"There is no conversation {thread!r}.", hint="Start a new one: leave the thread out.")
        now = time.time()
        try:
            await self.conn.execute(
                "INSERT INTO threads VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET asked = excluded.asked",
                (thread, person, title[:200], now, now),
            )
            await self.conn.commit()
        except sqlite3.Error as error:
            self._lose(error)

    async def threads(self, person: str) -> list[Thread]:
        """List a person's conversations, the last used first."""
        query = "SELECT id, title, began, asked FROM threads WHERE person = ? ORDER BY asked DESC"
        async with self.conn.execute(query, (person,)) as rows:
            return [Thread(id=row[0], title=row[1], began=row[2], asked=row[3]) async for row in rows]

    async def forget(self, *, person: str | None = None, before: float | None = None) -> int:
        """Delete the conversations of a person, or those not used since a moment."""
        query, value = ("person = ?", person) if person is not None else ("asked < ?", before)
        async with self.conn.execute(f"SELECT id FROM threads WHERE {query}", (value,)) as rows:  # noqa: S608  # two fixed clauses
            gone = [str(row[0]) async for row in rows]
        for thread in gone:
            await self.adelete_thread(thread)
            await self.conn.execute("DELETE FROM threads WHERE id = ?", (thread,))
        await self.conn.commit()
        return len(gone)

    async def _owner(self, thread: str) -> str | None:
        async with self.conn.execute("SELECT person FROM threads WHERE id = ?", (thread,)) as rows:
            row = await rows.fetchone()
        return str(row[0]) if row else None

    def _lose(self, error: sqlite3.Error) -> None:
        log.warning("the conversation could not be kept: %s", error)
        self.lost = str(error)


@asynccontextmanager
async def open_memory(file: Path) -> AsyncGenerator[Memory]:
    """Open the conversations of a workspace for one ask."""
    file.parent.mkdir(parents=True, exist_ok=True)
    async with aiosqlite.connect(file, timeout=BUSY_MS / 1000) as connection:
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", f"PRAGMA busy_timeout={BUSY_MS}"):
            await connection.execute(statement)
        memory = Memory(connection)
        await memory.setup()
        await connection.execute(TABLE)
        yield memory


def new_thread() -> str:
    """Name a conversation so that nobody can guess it."""
    return uuid.uuid4().hex
