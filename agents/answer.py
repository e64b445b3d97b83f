"""What is said: written by an LLM from the numbered passages, or quoted from them."""

import asyncio
from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime

from agents.events import Degraded, Token
from agents.llm.outcomes import LlmFailure
from agents.llm.writing import write_answer
from agents.records import Degradation, Evidence, Sufficiency
from agents.rules.extracting import extract
from agents.state import Deps, State, planned


async def answer(state: State, runtime: Runtime[Deps]) -> dict[str, Any]:
    """Answer from the evidence; without any, there is nothing to say and the check says so."""
    deps, evidence, sufficiency = runtime.context, state["evidence"], state["sufficiency"]
    if sufficiency is None or not evidence or sufficiency.verdict in ("insufficient", "out_of_scope"):
        return {"claims": (), "draft": ""}
    degraded: list[Degradation] = []
    with deps.timed("answer"):
        if deps.llm is not None:
            draft, failure = await _write(planned(state).standalone, evidence, sufficiency, runtime)
            if failure is None:
                return {"draft": draft, "claims": ()}
            degraded = [Degradation(stage="answer", what=failure.what, instead="quoted from the documents")]
            runtime.stream_writer(Degraded(degradation=degraded[0]))
        claims = await asyncio.to_thread(extract, planned(state), evidence, sufficiency, deps.encode)
    return {"claims": claims, "draft": "", "degraded": degraded}


async def _write(
    question: str, evidence: Sequence[Evidence], sufficiency: Sufficiency, runtime: Runtime[Deps]
) -> tuple[str, LlmFailure | None]:
    """Let the LLM write, passing its words on as they come."""
    deps = runtime.context
    assert deps.llm is not None
    said: list[str] = []
    async for piece in write_answer(question, evidence, sufficiency, deps.llm, deps.budget):
        if isinstance(piece, LlmFailure):
            return "".join(said), piece
        said.append(piece)
        runtime.stream_writer(Token(text=piece))
    return "".join(said), None
