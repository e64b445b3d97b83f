"""Clients send a conversation whole each time; here it is found again, or begun with what they send."""

import asyncio
import hashlib
import json
import logging
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Sequence

from agents.graph import build_graph
from agents.memory import memory_of, new_thread
from agents.records import Turn
from api.chat.replies import without_sources
from hone.records import Asker
from hone.workspace import Workspace

log = logging.getLogger(__name__)

REMEMBERED = 10_000  # conversations that are found again; older ones start over from what the client sends
GIVEN = 20  # turns that such a beginning takes over; planning looks at fewer


class Histories:
    """Finds the conversation that a client continues: the person's whose last words are the same."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._threads: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def thread(self, asker: Asker, before: Sequence[Turn]) -> str:
        """Find the thread to continue, empty to begin one; runs an event loop, so not for one.

        A thread is given once: who asks another question after the same words gets a thread of its own.
        """
        if not before:
            return ""
        with self._lock:
            known = self._threads.pop(_key(asker, before), "")
        try:
            return known or asyncio.run(self._begin(asker, before))
        except (sqlite3.Error, OSError) as error:  # which costs the conversation, never the answer
            log.warning("the earlier messages couldn't be saved: %s", error)
            return ""

    def remember(self, asker: Asker, said: Sequence[Turn], thread: str) -> None:
        """Remember where a conversation is kept."""
        with self._lock:
            self._threads[_key(asker, said)] = thread
            if len(self._threads) > REMEMBERED:
                self._threads.popitem(last=False)

    async def _begin(self, asker: Asker, before: Sequence[Turn]) -> str:
        """Begin a thread with what the client says was said: the asker's word, which only shows what they mean."""
        thread = new_thread()
        turns = [Turn(role=turn.role, text=without_sources(turn.text)) for turn in before[-GIVEN:]]
        async with memory_of(self._workspace) as memory:
            await memory.join(thread, asker.name, before[0].text, begins=True)
            config = {"configurable": {"thread_id": thread}}
            await build_graph(memory).aupdate_state(config, {"turns": turns}, as_node="check")  # pyright: ignore[reportArgumentType, reportUnknownMemberType]  # a plain dict is a RunnableConfig
            return "" if memory.lost else thread


def _key(asker: Asker, said: Sequence[Turn]) -> str:
    named = [asker.name, [[turn.role, turn.text.strip()] for turn in said]]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()
