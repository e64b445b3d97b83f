"""What is said: written by an LLM from the numbered passages, or quoted from them."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime

from agents.events import AnswerToken, Degraded
from agents.heuristics.extracting import extract
from agents.llm.requests import FailureKind, LlmFailure
from agents.llm.writing import write_answer
from agents.records import Degradation, Evidence, Sufficiency
from agents.state import Deps, State, planned

UNFINISHED: frozenset[FailureKind] = frozenset({"too_long", "cut_off"})  # what came until then is as good as any
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)*_]*(?:\s*\[[\d,;& –-]+\])*(?=\s|$)|\[[\d,;& –-]+\][.!?](?=\s|$)")


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
            if failure.kind in UNFINISHED and (whole := whole_sentences(draft)):
                lost = Degradation(stage="answer", what=failure.what, instead="showing what was written so far")
                runtime.stream_writer(Degraded(degradation=lost))
                return {"draft": whole, "claims": (), "degraded": [lost]}
            degraded = [
                Degradation(stage="answer", what=failure.what, instead="showing quotes from the documents instead")
            ]
            runtime.stream_writer(Degraded(degradation=degraded[0]))
        claims = await asyncio.to_thread(extract, planned(state), evidence, sufficiency, deps.read)
    return {"claims": claims, "draft": "", "degraded": degraded}


def whole_sentences(draft: str) -> str:
    """Cut a text that broke off after its last whole sentence; whatever follows may say anything."""
    ends = [match.end() for match in _SENTENCE_END.finditer(draft)]
    return draft[: ends[-1]].strip() if ends else ""


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
        runtime.stream_writer(AnswerToken(text=piece))
    return "".join(said), None
