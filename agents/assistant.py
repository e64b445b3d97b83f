"""The assistant: one question in, a stream of typed events out, whatever happens on the way."""

import asyncio
import logging
import sqlite3
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import Any, cast

from agents.aside import aside
from agents.calibrated import calibration_for
from agents.check import quoted, said
from agents.events import Answered, Degraded, Event
from agents.finish import answer_of
from agents.llm.budget import Budget
from agents.llm.client import Llm, open_llm
from agents.memory import Memory, memory_of, new_thread
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

LOGGING = 2.0  # seconds that an answer waits for its trace to be written
RESCUE = 2.0  # seconds to quote passages after the time was over
GRACE = 0.5  # seconds beyond the budget for a node to come to its end by itself


class Assistant:
    """Answers questions; hides the graph from every door."""

    def __init__(self, workspace: Workspace, searcher: Searcher | None = None, llm: Llm | None = None) -> None:
        self.workspace = workspace
        self.searcher = searcher or open_searcher(workspace)
        self.llm = llm or open_llm(workspace)

    async def stream(self, question: str, asker: Asker, thread: str | None = None) -> AsyncGenerator[Event]:
        """Answer a question, telling every step; the last event is always `answered`."""
        if not question.strip():
            raise UsageError("The question is empty.", hint='Ask something: hone ask "how do I reset my password"')
        await self._warm()
        began, ask_id = time.perf_counter(), str(uuid.uuid4())
        deps = self._deps(asker)
        state = cast(State, {**fresh(question), "retrieved": [], "degraded": [], "turns": []})
        named = thread or new_thread()
        try:
            async with AsyncExitStack() as stack:
                memory = await self._remember(stack, thread, named, asker, question)
                async for event in self._run(state, deps, memory, named):
                    yield event
                if isinstance(memory, Memory):
                    await memory.tidy(named)
                for lost in _losses(memory):
                    yield _degraded(state, lost)
            deps.took_ms["total"] = round((time.perf_counter() - began) * 1000, 1)
            answer = answer_of(state, ask_id, named, deps)
            if lost := await self._logged(answer, state, deps):
                yield _degraded(state, lost)
                answer = replace(answer, degraded=(*answer.degraded, lost))
        except (GeneratorExit, asyncio.CancelledError):  # nobody waits for the answer; the trace is worth keeping
            self._log(answer_of(state, ask_id, named, deps), state, deps)
            raise
        yield Answered(answer=answer)

    def ask(
        self, question: str, asker: Asker, thread: str | None = None, listen: Callable[[Event], None] = lambda _: None
    ) -> Answer:
        """Answer a question and wait for it, passing every event on."""

        async def run() -> Answer:
            answer: Answer | None = None
            try:
                async with aclosing(self.stream(question, asker, thread)) as events:
                    async for event in events:
                        listen(event)
                        answer = event.answer if isinstance(event, Answered) else answer
            finally:
                if self.llm is not None:  # its connections belong to this event loop, which ends here
                    await self.llm.close()
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

    async def _warm(self) -> None:
        """Load what takes seconds the first time, which no budget is for."""
        llm = [self.llm.warm()] if self.llm is not None else []
        await asyncio.gather(asyncio.to_thread(self.searcher.warm), *llm)

    async def _remember(
        self, stack: AsyncExitStack, thread: str | None, named: str, asker: Asker, question: str
    ) -> Memory | Degradation:
        """Open the conversation; without it the question is answered all the same."""
        try:
            memory = await stack.enter_async_context(memory_of(self.workspace))
            if thread:
                await memory.resume(thread, asker.name)
            else:
                await memory.begin(named, asker.name, question)
        except (sqlite3.Error, OSError) as error:
            return _forgotten(str(error))
        return memory

    async def _run(self, state: State, deps: Deps, memory: Memory | Degradation, thread: str) -> AsyncGenerator[Event]:
        """Run the graph, keeping its latest state in `state`; what ends it early leaves the best so far."""
        from agents.graph import build_graph

        graph: Any = build_graph(memory if isinstance(memory, Memory) else None)
        config: Any = {"configurable": {"thread_id": thread}}
        parts = graph.astream(
            cast(State, fresh(state["question"])),
            config,
            context=deps,
            stream_mode=["custom", "values"],
            version="v2",
            durability="async" if isinstance(memory, Memory) else None,
        )
        deadline = asyncio.get_running_loop().time() + deps.budget.seconds_left + GRACE
        try:
            async with aclosing(parts):
                while True:
                    async with asyncio.timeout_at(deadline):  # around no yield: it would cancel whoever listens
                        part = await anext(parts, None)
                    if part is None:
                        return
                    if part["type"] == "custom":
                        yield cast(Event, part["data"])
                    else:
                        state.update(cast(State, part["data"]))
        except TimeoutError:
            what = f"the answer took longer than {deps.budget.seconds:g} s"
        except Exception as error:  # whatever a node let through, the asker gets what was found until then
            log.exception("an ask ended early")
            what = error.message if isinstance(error, HoneError) else type(error).__name__
        yield _degraded(state, Degradation(stage="ask", what=what, instead="what was found until then"))
        await self._rescue(state, deps)

    async def _rescue(self, state: State, deps: Deps) -> None:
        """Quote from what was found where the time for more was over."""
        sufficiency = state["sufficiency"]
        if sufficiency is None or not state["evidence"] or state["text"]:
            return
        try:
            async with asyncio.timeout(RESCUE):
                state["claims"] = await aside(lambda: quoted(state, deps))
            state["text"] = said(state["claims"], sufficiency, state)
        except Exception:  # the closest documents are shown then
            state["claims"] = ()
            log.exception("nothing could be quoted either")

    async def _logged(self, answer: Answer, state: State, deps: Deps) -> Degradation | None:
        try:
            async with asyncio.timeout(LOGGING):
                what = await aside(lambda: self._log(answer, state, deps))
        except TimeoutError:
            what = f"the log was not free within {LOGGING:g} s"
        return Degradation(stage="log", what=what, instead="answered without a trace in the log") if what else None

    def _log(self, answer: Answer, state: State, deps: Deps) -> str:
        """Write the ask down; say what kept that from happening."""
        if not self.workspace.settings.search.log:
            return ""
        try:
            AskLog(self.workspace.log_database).record(trace_of(answer, state, deps))
        except Exception as error:  # an answer is worth more than its trace
            log.exception("ask %s was not logged", answer.ask_id)
            return error.message if isinstance(error, HoneError) else str(error) or type(error).__name__
        return ""


def _degraded(state: State, lost: Degradation) -> Degraded:
    state["degraded"] = [*state["degraded"], lost]
    return Degraded(degradation=lost)


def _losses(memory: Memory | Degradation) -> list[Degradation]:
    if isinstance(memory, Degradation):
        return [memory]
    return [_forgotten(memory.lost)] if memory.lost else []


def _forgotten(what: str) -> Degradation:
    return Degradation(stage="memory", what=what, instead="answered without keeping the conversation")
