"""A person's conversations: their list from the threads, their turns from the log of asks."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from agents.memory import Memory, Thread, memory_of
from hone.errors import MissingError, UsageError
from hone.log.asks import AskLog, LoggedAsk
from hone.records import Asker
from hone.workspace import Workspace
from service.runs import Runs

Found = TypeVar("Found")


class Conversations:
    """Reads and deletes conversations; everything is asked with the owner's name, so nobody else's is ever found."""

    def __init__(self, workspace: Workspace, runs: Runs) -> None:
        self._workspace, self._runs = workspace, runs
        self._asks = AskLog(workspace.log_database)

    def of(self, asker: Asker) -> list[Thread]:
        """List a person's conversations, the last used first."""
        return self._remembered(lambda memory: memory.threads(asker.name))

    def turns(self, thread: str, asker: Asker) -> list[LoggedAsk]:
        """List what was asked and answered in a conversation, oldest first."""
        return self._asks.asks(person=asker.name, thread=thread)

    def ask(self, ask_id: str, asker: Asker) -> LoggedAsk:
        """Find one ask of a person."""
        try:
            found = self._asks.ask(ask_id)
        except UsageError:
            found = None
        if found is None or found.client_id != asker.name:
            raise MissingError(f"There is no answer {ask_id!r}.", hint="Ask again.")
        return found

    def delete(self, thread: str, asker: Asker) -> None:
        """Delete a conversation with all that was said in it; the searches stay in the log."""
        if thread not in {known.id for known in self.of(asker)}:
            raise MissingError(f"There is no conversation {thread!r}.", hint="It may have been deleted.")
        self._runs.forget(thread, asker)
        self._asks.forget(asker.name, thread=thread)
        self._remembered(lambda memory: memory.forget(person=asker.name, thread=thread))

    def _remembered(self, ask: Callable[[Memory], Awaitable[Found]]) -> Found:
        async def run() -> Found:
            async with memory_of(self._workspace) as memory:
                return await ask(memory)

        return asyncio.run(run())
