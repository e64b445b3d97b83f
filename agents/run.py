"""One run of the graph within its time; what ends it early leaves the best so far."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from agents.check import quoted, said
from agents.events import Degraded, Event
from agents.memory import Memory
from agents.records import Degradation
from agents.run_in_thread import run_in_thread
from agents.state import Deps, State, fresh
from hone.errors import in_words
from hone.log import asks

log = logging.getLogger(__name__)

RESCUE = 2.0  # seconds to quote passages after the time was over
STOPPED = Degradation(**asks.STOPPED)
GRACE = 0.5  # seconds beyond the budget for a node to come to its end by itself


async def run_graph(state: State, deps: Deps, memory: Memory | None, thread: str) -> AsyncGenerator[Event]:
    """Run the graph, keeping its latest state in `state`."""
    deadline = asyncio.get_running_loop().time() + deps.budget.seconds_left + GRACE
    try:
        async with aclosing(_parts(state, deps, memory, thread)) as parts:
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
    except Exception as error:  # whatever a node let through, the asker gets showing what was found so far
        log.exception("an ask ended early")
        what = in_words(error)
    yield degraded(state, Degradation(stage="ask", what=what, instead="showing what was found so far"))
    await _rescue(state, deps)


def degraded(state: State, lost: Degradation) -> Degraded:
    """Note in the state what did not work, and give the event that tells it."""
    state["degraded"] = [*state["degraded"], lost]
    return Degraded(degradation=lost)


def _parts(state: State, deps: Deps, memory: Memory | None, thread: str) -> AsyncGenerator[Any]:
    from agents.graph import build_graph

    graph: Any = build_graph(memory)
    config: Any = {"configurable": {"thread_id": thread}}
    before = {"turns": state["turns"]} if memory is None else {}  # a memory has its own
    return graph.astream(
        cast(State, {**fresh(state["question"]), **before}),
        config,
        context=deps,
        stream_mode=["custom", "values"],
        version="v2",
        durability=None if memory is None else "exit",
    )


async def _rescue(state: State, deps: Deps) -> None:
    """Quote from what was found where the time for more was over."""
    sufficiency = state["sufficiency"]
    if sufficiency is None or not state["evidence"] or state["text"]:
        return
    try:
        async with asyncio.timeout(RESCUE):
            state["claims"] = await run_in_thread(lambda: quoted(state, deps))
        state["text"] = said(state["claims"], sufficiency, state)
    except Exception:  # the closest documents are shown then
        state["claims"] = ()
        log.exception("couldn't find quotes either")
