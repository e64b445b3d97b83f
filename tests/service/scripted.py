"""An assistant that says what a test tells it to, when the test tells it to."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from typing import cast

from agents.assistant import Assistant
from agents.events import Answered, AnswerToken, Event
from agents.records import Answer
from hone.errors import HoneError
from hone.records import Asker
from hone.workspace import Workspace


class Scripted:
    """Says the question's words one by one, and stops at special ones: `wait`, `fail`, `crash`."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.llm = None
        self.go = threading.Event()
        self.tidying = threading.Event()
        self.tidied = 0

    async def stream(
        self,
        question: str,
        asker: Asker,
        thread: str | None = None,
        *,
        begins: bool = False,
    ) -> AsyncGenerator[Event]:
        words = question.split()
        for word in words:
            if word == "wait":
                await self._wait()
            elif word == "fail":
                raise HoneError("The index is gone.", hint="Build it anew.")
            elif word == "crash":
                raise ZeroDivisionError
            await asyncio.sleep(0)
            yield AnswerToken(text=f"{asker.name}:{word}")
        yield Answered(answer=answer(question, thread or "fresh"))

    async def _wait(self) -> None:
        try:
            while not self.go.is_set():
                await asyncio.sleep(0.005)
        finally:
            self.tidying.set()
            await asyncio.sleep(0.1)  # as an ask that is stopped keeps its trace
            self.tidied += 1

    def as_assistant(self) -> Assistant:
        return cast(Assistant, self)


def answer(question: str, thread: str) -> Answer:
    """Make an answer that says only which question it belongs to."""
    return Answer(
        ask_id=f"ask-{question}",
        thread=thread,
        question=question,
        text=question,
        verdict="sufficient",
        claims=(),
        citations=(),
        closest=(),
        degraded=(),
        search_ids=(),
        took_ms={},
    )


def said(events: list[Event]) -> list[str]:
    """Give the words of tokens."""
    return [event.text for event in events if isinstance(event, AnswerToken)]
