"""An ask's place in a conversation; one that can't be kept or read costs the conversation and never the answer."""

import logging
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from agents.memory import Memory, memory_of
from agents.records import NOT_KEPT, Degradation
from hone.errors import in_words
from hone.records import Asker
from hone.workspace import Workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What an ask remembers by: a memory of its own, or why there is none."""

    memory: Memory | None = None
    failed: str = ""

    @property
    def lost(self) -> Degradation | None:
        """Say what kept the conversation from being kept, if anything did."""
        what = self.memory.lost if self.memory is not None else self.failed
        instead = "answered without keeping the conversation"
        return Degradation(stage=NOT_KEPT, what=what, instead=instead) if what else None

    async def tidy(self, thread: str) -> None:
        """Keep of this ask what the next one needs."""
        if self.memory is not None:
            await self.memory.tidy(thread)


@asynccontextmanager
async def conversing(
    workspace: Workspace, thread: str, asker: Asker, question: str, *, begins: bool
) -> AsyncGenerator[Conversation]:
    """Go on with an asker's thread, or begin it if it may; somebody else's is refused."""
    async with AsyncExitStack() as stack:
        try:
            memory = await stack.enter_async_context(memory_of(workspace))
            await memory.join(thread, asker.name, question, begins=begins)
        except (sqlite3.Error, OSError) as error:
            log.warning("the conversation could not be opened", exc_info=error)
            yield Conversation(failed=in_words(error))
        else:
            yield Conversation(memory=memory)
