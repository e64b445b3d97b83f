"""The assistant: one question in, a stream of typed events out, whatever happens on the way."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import ExitStack, aclosing, suppress
from dataclasses import replace
from typing import cast

from agents.calibration import calibration_for
from agents.events import Answered, Event
from agents.finish import answer_of
from agents.llm.budget import Budget
from agents.llm.client import Llm, open_llm
from agents.memory import conversing, new_thread
from agents.records import Answer
from agents.run import STOPPED, degraded, run_graph
from agents.state import Deps, State, fresh
from agents.trace import keep_trace
from hone.errors import HoneError, UsageError
from hone.records import Asker
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.searching.searcher import Searcher
from retriever.sources.source import known_sources


class Assistant:
    """Answers questions; hides the graph from every door.

    One serves any number of asks at once, in any number of event loops: what an ask has of its own is made for it.
    """

    def __init__(self, workspace: Workspace, searcher: Searcher | None = None, llm: Llm | None = None) -> None:
        self.workspace = workspace
        self.searcher = searcher or open_searcher(workspace)
        self.llm = llm or open_llm(workspace)

    async def stream(
        self, question: str, asker: Asker, thread: str | None = None, *, begins: bool = False
    ) -> AsyncGenerator[Event]:
        """Answer a question, telling every step; the last event is always `answered`.

        `thread` is a conversation of the asker's; with `begins` it may be the name of one that is yet to begin.
        """
        if not question.strip():
            raise UsageError("The question is empty.", hint='Ask a question: hone ask "how do I reset my password"')
        await self._warm()
        began, ask_id, named = time.perf_counter(), str(uuid.uuid4()), thread or new_thread()
        with ExitStack() as holding:
            searcher = await asyncio.to_thread(self._hold, holding)
            deps = replace(await asyncio.to_thread(self._deps, asker, searcher), ask_id=ask_id)
            state = cast(State, {**fresh(question), "retrieved": [], "degraded": [], "turns": []})
            try:
                async with conversing(
                    self.workspace, named, asker, question, begins=begins or not thread
                ) as conversation:
                    async with aclosing(run_graph(state, deps, conversation.memory, named)) as events:
                        async for event in events:
                            yield event
                    await conversation.tidy(named)
                    for lost in (conversation.lost, deps.calibrated.lost):
                        if lost is not None:
                            yield degraded(state, lost)
                deps.took_ms["total"] = round((time.perf_counter() - began) * 1000, 1)
                answer = await asyncio.to_thread(answer_of, state, ask_id, named, deps)
                if lost := await keep_trace(self.workspace, answer, state, deps):
                    yield degraded(state, lost)
                    answer = replace(answer, degraded=(*answer.degraded, lost))
            except (GeneratorExit, asyncio.CancelledError):  # nobody waits for the answer; the trace is worth keeping
                degraded(state, STOPPED)
                await keep_trace(self.workspace, answer_of(state, ask_id, named, deps), state, deps)
                raise
            yield Answered(answer=answer)

    def ask(
        self, question: str, asker: Asker, thread: str | None = None, listen: Callable[[Event], None] = lambda _: None
    ) -> Answer:
        """Answer a question and wait for it, passing every event on; in an event loop of its own."""

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

    async def aclose(self) -> None:
        """Let go of index, encoder and this event loop's connections to the LLM."""
        if self.llm is not None:
            await self.llm.close()
        self.close()

    def _hold(self, holding: ExitStack) -> Searcher:
        """Stay on what is live now until the answer is given; where nothing can be opened, each search says so."""
        with suppress(HoneError):
            return holding.enter_context(self.searcher.held())
        return self.searcher

    def _deps(self, asker: Asker, searcher: Searcher) -> Deps:
        limits = self.workspace.settings.ask
        if self.llm is not None:
            self.llm.capabilities.refresh()
        return Deps(
            asker=asker,
            searcher=searcher,
            llm=self.llm,
            budget=Budget(
                seconds=limits.seconds, llm_calls=limits.llm_calls, tokens=limits.tokens, rounds=limits.rounds
            ),
            calibrated=calibration_for(self.workspace),
            sources=sources_of(searcher, asker),
            kinds=searcher.library.kinds(),
        )

    async def _warm(self) -> None:
        """Load what takes seconds the first time, which no budget is for; what can't be loaded fails each search."""
        llm = [self.llm.warm()] if self.llm is not None else []
        with suppress(HoneError):
            await asyncio.gather(asyncio.to_thread(self.searcher.warm), *llm)


def sources_of(searcher: Searcher, asker: Asker) -> Collection[str]:
    """Name the sources that an asker may read, which a question may name in its turn."""
    workspace = searcher.workspace
    known = known_sources(workspace.settings, workspace.database).values()
    return [source.name for source in known if asker.may_read(source.groups)]
