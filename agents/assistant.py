"""The assistant: one question in, a stream of typed events out, whatever happens on the way."""

import asyncio
import logging
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, cast

from agents.calibrated import calibration_for
from agents.events import Answered, Degraded, Event
from agents.finish import answer_of
from agents.llm.budget import Budget
from agents.llm.client import Llm, open_llm
from agents.memory import Memory, new_thread, open_memory
from agents.records import Answer, Degradation
from agents.state import Deps, State, fresh
from agents.trace import trace_of
from hone.asklog import AskLog
from hone.errors import HoneError, UsageError
from hone.records import Asker
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.searching.searcher import Searcher
from retriever.sources import known_sources

log = logging.getLogger(__name__)

GRACE = 0.5  # seconds beyond the budget for a node to come to its end by itself


class Assistant:
    """Answers questions; hides the graph from every door."""

    def __init__(self, workspace: Workspace, searcher: Searcher | None = None, llm: Llm | None = None) -> None:
        self.workspace = workspace
        self.searcher = searcher or open_searcher(workspace)
        self.llm = llm or open_llm(workspace)

    async def stream(self, question: str, asker: Asker, thread: str | None = None) -> AsyncIterator[Event]:
        """Answer a question, telling every step; the last event is always `answered`."""
        if not question.strip():
            raise UsageError("The question is empty.", hint='Ask something: hone ask "how do I reset my password"')
        await asyncio.to_thread(self.searcher.warm)  # loading takes seconds the first time, which no budget is for
        began, ask_id, thread = time.perf_counter(), str(uuid.uuid4()), thread or new_thread()
        deps = self._deps(asker)
        state = cast(State, {**fresh(question), "retrieved": [], "degraded": [], "turns": []})
        async with AsyncExitStack() as stack:
            memory = await self._remember(stack, thread, asker, question)
            async for event in self._run(state, deps, memory, thread):
                yield event
            for lost in _losses(memory):
                state["degraded"] = [*state["degraded"], lost]
                yield Degraded(degradation=lost)
        took = {**deps.took_ms, "total": round((time.perf_counter() - began) * 1000, 1)}
        answer = answer_of(state, ask_id, thread, took)
        await asyncio.to_thread(self._log, answer, state, deps)
        yield Answered(answer=answer)

    def ask(
        self, question: str, asker: Asker, thread: str | None = None, listen: Callable[[Event], None] = lambda _: None
    ) -> Answer:
        """Answer a question and wait for it, passing every event on."""

        async def run() -> Answer:
            answer: Answer | None = None
            async for event in self.stream(question, asker, thread):
                listen(event)
                answer = event.answer if isinstance(event, Answered) else answer
            assert answer is not None
            return answer

        return asyncio.run(run())

    def close(self) -> None:
        """Let go of index and encoder."""
        self.searcher.close()

    def _deps(self, asker: Asker) -> Deps:
        sources = known_sources(self.workspace.settings, self.workspace.database)
        limits = self.workspace.settings.ask
        return Deps(
            asker=asker,
            searcher=self.searcher,
            llm=self.llm,
            budget=Budget(
                seconds=limits.seconds, llm_calls=limits.llm_calls, tokens=limits.tokens, rounds=limits.rounds
            ),
            calibration=calibration_for(self.workspace),
            sources=[source.name for source in sources.values() if asker.may_read(source.groups)],
            kinds=self.searcher.library.kinds(),
        )

    async def _remember(self, stack: AsyncExitStack, thread: str, asker: Asker, question: str) -> Memory | Degradation:
        """Open the conversation; without it the question is answered all the same."""
        try:
            memory = await stack.enter_async_context(open_memory(self.workspace.home / "threads.db"))
            await memory.own(thread, asker.name, question)
        except sqlite3.Error as error:
            return _forgotten(str(error))
        return memory

    async def _run(self, state: State, deps: Deps, memory: Memory | Degradation, thread: str) -> AsyncIterator[Event]:
        """Run the graph, keeping its latest state in `state`; what ends it early leaves the best so far."""
        from agents.graph import build_graph

        graph = build_graph(memory if isinstance(memory, Memory) else None)
        config: Any = {"configurable": {"thread_id": thread}}
        parts = graph.astream(
            cast(State, fresh(state["question"])),
            config,
            context=deps,
            stream_mode=["custom", "values"],
            version="v2",
            durability="async",
        )
        try:
            async with asyncio.timeout(deps.budget.seconds + GRACE):
                async for part in parts:
                    if part["type"] == "custom":
                        yield cast(Event, part["data"])
                    else:
                        state.update(cast(State, part["data"]))
        except TimeoutError:
            what = f"the answer took longer than {deps.budget.seconds:g} s"
        except Exception as error:  # whatever a node let through, the asker gets what was found until then
            log.exception("an ask ended early")
            what = error.message if isinstance(error, HoneError) else type(error).__name__
        else:
            return
        lost = Degradation(stage="ask", what=what, instead="what was found until then")
        state["degraded"] = [*state["degraded"], lost]
        yield Degraded(degradation=lost)

    def _log(self, answer: Answer, state: State, deps: Deps) -> None:
        try:
            AskLog(self.workspace.log_database).record(trace_of(answer, state, deps))
        except HoneError:
            log.exception("ask %s was not logged", answer.ask_id)


def _losses(memory: Memory | Degradation) -> list[Degradation]:
    if isinstance(memory, Degradation):
        return [memory]
    return [_forgotten(memory.lost)] if memory.lost else []


def _forgotten(what: str) -> Degradation:
    return Degradation(stage="memory", what=what, instead="answered without keeping the conversation")
