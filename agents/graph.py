"""How the nodes are wired: plan, search side by side, judge, search again at most twice, answer, check."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportArgumentType=false
# langgraph types nodes by a state with defaults, which a TypedDict of channels is not; tests run every edge.

from functools import lru_cache
from typing import Any

import langsmith
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

from agents.answer import answer
from agents.check import check
from agents.judge import judge
from agents.plan import plan
from agents.retrieve import retrieve
from agents.state import Deps, State

Graph = CompiledStateGraph[State, Deps, State, State]


def build_graph(checkpointer: BaseCheckpointSaver[Any] | None) -> Graph:
    """Build an ask's graph; nothing of it is ever sent to a tracing service, whatever the environment says."""
    langsmith.configure(enabled=False)
    return _wired().copy({"checkpointer": checkpointer})


@lru_cache(maxsize=1)  # compiling takes some 5 ms, for nothing that an ask changes
def _wired() -> Graph:
    graph = StateGraph(State, context_schema=Deps)
    graph.add_node("plan", plan)
    graph.add_node("retrieve", retrieve)
    graph.add_node("judge", judge)
    graph.add_node("answer", answer)
    graph.add_node("check", check)
    graph.add_edge(START, "plan")
    graph.add_conditional_edges("plan", _searches_or("answer"), ["retrieve", "answer"])
    graph.add_edge("retrieve", "judge")
    graph.add_conditional_edges("judge", _searches_or("answer"), ["retrieve", "answer"])
    graph.add_edge("answer", "check")
    graph.add_edge("check", END)
    return graph.compile()


def _searches_or(otherwise: str) -> Any:
    """Send every pending sub-question to a search of its own; with none pending, go on."""

    def route(state: State) -> list[Send] | str:
        pending = state.get("pending", ())
        return [Send("retrieve", {"question": question}) for question in pending] or otherwise

    return route
