"""Conversations: LangGraph's SQLite checkpoints, each thread with the one person it belongs to."""

import asyncio
import logging
import sqlite3
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents.records import NOT_KEPT, Degradation, Turn
from hone.database import open_wal
from hone.errors import UsageError, in_words
from hone.records import Asker
from hone.workspace import Workspace

log = logging.getLogger(__name__)

BUSY_SECONDS = 1.5  # a locked file costs an ask this much at most, and then the conversation, never the answer
DAY = 86_400.0
TABLE = """
CREATE TABLE IF NOT EXISTS threads (
    id TEXT PRIMARY KEY, person TEXT NOT NULL, title TEXT NOT NULL, began REAL NOT NULL, asked REAL NOT NULL
)"""
INDEX = "CREATE INDEX IF NOT EXISTS threads_by_time ON threads (asked)"
KEPT = "turns"  # the one channel that outlives an ask: what was read for it has no business in a conversation's file
TYPES = [(Turn.__module__, Turn.__name__)]  # nothing else is ever made from what a checkpoint holds


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
        if self.lost:  # every further attempt would wait for the lock again
            return config
        try:
            return await super().aput(config, _conversation_of(checkpoint), metadata, new_versions)
        except sqlite3.Error as error:
            self._lose(error)
            return config

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Keep nothing of an ask that did not come to its end: it is asked again, and never gone on with."""

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Read the conversation; one that can't be read is begun anew, and not written over."""
        try:
            return await super().aget_tuple(config)
        except Exception as error:  # noqa: BLE001 - a damaged row fails in as many ways as there are decoders
            self._lose(error)
            return None

    async def join(self, thread: str, person: str, title: str, *, begins: bool) -> None:
        """Go on with a person's thread, or begin it if it may; somebody else's is refused as one that doesn't exist."""
        now = time.time()
        async with self.conn.execute("SELECT person FROM threads WHERE id = ?", (thread,)) as rows:
            owner = await rows.fetchone()
        if owner is None and begins:
            await self._changed("INSERT INTO threads VALUES (?, ?, ?, ?, ?)", (thread, person, title[:200], now, now))
        elif owner is None or owner[0] != person:
            raise UsageError(f"There is no conversation {thread!r}.", hint="Leave the thread out to start a new one.")
        else:
            await self._changed("UPDATE threads SET asked = ? WHERE id = ?", (now, thread))

    async def tidy(self, thread: str) -> None:
        """Keep only the newest checkpoint of a thread: the steps that led to it are of no use once an ask has ended."""
        newest = "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?)"
        for table in ("writes", "checkpoints"):
            older = f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < {newest}"  # noqa: S608  # fixed names
            await self._changed(older, (thread, thread))

    async def threads(self, person: str) -> list[Thread]:
        """List a person's conversations, the last used first."""
        query = "SELECT id, title, began, asked FROM threads WHERE person = ? ORDER BY asked DESC"
        async with self.conn.execute(query, (person,)) as rows:
            return [Thread(id=row[0], title=row[1], began=row[2], asked=row[3]) async for row in rows]

    async def forget(self, *, person: str | None = None, thread: str | None = None, before: float | None = None) -> int:
        """Delete conversations: a person's, one of theirs, or those not used since a moment."""
        chosen = (("person = ?", person), ("id = ?", thread), ("asked < ?", before))
        clauses = [(clause, value) for clause, value in chosen if value is not None]
        query = f"SELECT id FROM threads WHERE {' AND '.join(clause for clause, _ in clauses)}"  # noqa: S608  # three fixed clauses
        async with self.conn.execute(query, [value for _, value in clauses]) as rows:
            gone = [str(row[0]) async for row in rows]
        for thread in gone:
            await self.adelete_thread(thread)
            await self.conn.execute("DELETE FROM threads WHERE id = ?", (thread,))
        if gone:
            await self.conn.commit()
        return len(gone)

    async def _changed(self, statement: str, values: tuple[Any, ...]) -> None:
        if self.lost:
            return
        try:
            await self.conn.execute(statement, values)
            await self.conn.commit()
        except sqlite3.Error as error:
            self._lose(error)

    def _lose(self, error: Exception) -> None:
        log.warning("couldn't save the conversation: %s", error)
        self.lost = in_words(error)


def _conversation_of(checkpoint: Checkpoint) -> Checkpoint:
    values = checkpoint["channel_values"]
    return {**checkpoint, "channel_values": {KEPT: values[KEPT]} if KEPT in values else {}}


@asynccontextmanager
async def open_memory(file: Path, keep_days: int) -> AsyncGenerator[Memory]:
    """Open the conversations of a workspace for one ask; those that were left too long ago are deleted."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # Each statement commits itself. Else the file is held until the event loop comes round to the commit, and of twenty
    # asks at once some wait too long.
    opened = await asyncio.to_thread(open_wal, file, BUSY_SECONDS)
    async with aiosqlite.Connection(lambda: opened, iter_chunk_size=64) as connection:
        memory = Memory(connection)
        await memory.setup()
        for statement in (TABLE, INDEX):
            await connection.execute(statement)
        with suppress(sqlite3.Error):  # held by another: the next ask will do it
            await memory.forget(before=time.time() - keep_days * DAY)
        yield memory


def memory_of(workspace: Workspace) -> AbstractAsyncContextManager[Memory]:
    """Open the conversations where the workspace keeps them, for as long as its settings say."""
    return open_memory(workspace.home / "threads.db", workspace.settings.ask.keep_days)


async def forget_person(workspace: Workspace, person: str) -> int:
    """Delete a person's conversations, where any were ever kept."""
    if not (workspace.home / "threads.db").exists():
        return 0
    async with memory_of(workspace) as memory:
        return await memory.forget(person=person)


def new_thread() -> str:
    """Name a conversation so that nobody can guess it."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptConversation:
    """What an ask remembers by: a memory of its own, or why there is none."""

    memory: Memory | None = None
    failed: str = ""

    @property
    def lost(self) -> Degradation | None:
        """Say why the conversation wasn't saved, if it wasn't."""
        what = self.memory.lost if self.memory is not None else self.failed
        instead = "answered without saving the conversation"
        return Degradation(stage=NOT_KEPT, what=what, instead=instead) if what else None

    async def tidy(self, thread: str) -> None:
        """Keep of this ask what the next one needs."""
        if self.memory is not None:
            await self.memory.tidy(thread)


@asynccontextmanager
async def conversing(
    workspace: Workspace, thread: str, asker: Asker, question: str, *, begins: bool
) -> AsyncGenerator[KeptConversation]:
    """Go on with an asker's thread, or begin it if it may; somebody else's is refused."""
    async with AsyncExitStack() as stack:
        try:
            memory = await stack.enter_async_context(memory_of(workspace))
            await memory.join(thread, asker.name, question, begins=begins)
        except (sqlite3.Error, OSError) as error:
            log.warning("couldn't open the conversation", exc_info=error)
            yield KeptConversation(failed=in_words(error))
        else:
            yield KeptConversation(memory=memory)
