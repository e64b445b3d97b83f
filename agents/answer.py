"""What is said: written by an LLM from the numbered passages, or quoted from them."""

import asyncio
import re
from typing import Any

from langgraph.runtime import Runtime

from agents.check import checked, held, read, said
from agents.compose import in_lines
from agents.events import AnswerToken, Degraded, QuotedFirst
from agents.heuristics.extracting import extract
from agents.llm.judging import may_be_asked
from agents.llm.requests import FailureKind, LlmFailure
from agents.llm.writing import write_answer
from agents.records import Degradation, Sufficiency
from agents.sanitise import strip_markup
from agents.state import Deps, State, planned

UNFINISHED: frozenset[FailureKind] = frozenset({"too_long", "cut_off"})  # what came until then is as good as any
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)*_]*(?:[ \t]*\[[\d,;& –-]+\])*(?=\s|$)|\[[\d,;& –-]+\][.!?](?=\s|$)")
_BEGUN = re.compile(r"\s+[^\s\[【]")  # of the next sentence: until then the last may still get its number


async def answer(state: State, runtime: Runtime[Deps]) -> dict[str, Any]:
    """Answer from the evidence; without any, there is nothing to say and the check says so.

    Quotes are there at once. Where an LLM writes, they are shown until it has written something that holds.
    """
    deps, evidence, sufficiency = runtime.context, state["evidence"], state["sufficiency"]
    if sufficiency is None or not evidence or sufficiency.verdict in ("insufficient", "out_of_scope"):
        return {"claims": (), "draft": ""}
    with deps.timed("answer"):
        claims = await asyncio.to_thread(extract, planned(state), evidence, sufficiency, deps.read)
        if deps.llm is None:
            return {"claims": claims, "draft": ""}
        first = await asyncio.to_thread(lambda: said(checked(claims, state, deps), sufficiency, state))
        runtime.stream_writer(QuotedFirst(text=first))
        draft, failure = await _write(state, sufficiency, runtime)
        if failure is None:
            return {"draft": draft, "claims": claims}
        whole = whole_sentences(draft) if failure.kind in UNFINISHED else ""
        instead = "showing what was written so far" if whole else "showing quotes from the documents instead"
        lost = Degradation(stage="answer", what=failure.what, instead=instead)
        runtime.stream_writer(Degraded(degradation=lost))
        return {"draft": whole, "claims": claims, "degraded": [lost]}


def whole_sentences(draft: str) -> str:
    """Cut a text that broke off after its last whole sentence; whatever follows may say anything."""
    ends = [match.end() for match in _SENTENCE_END.finditer(draft)]
    return draft[: ends[-1]].strip() if ends else ""


async def _write(state: State, sufficiency: Sufficiency, runtime: Runtime[Deps]) -> tuple[str, LlmFailure | None]:
    """Let the LLM write; each sentence is passed on when it has been checked, where nobody else is to check it."""
    deps = runtime.context
    assert deps.llm is not None
    question, draft, told = planned(state).standalone, "", 0
    settled = not may_be_asked(planned(state), deps.llm, deps.budget, then=1)
    async for piece in write_answer(question, state["evidence"], sufficiency, deps.llm, deps.budget):
        if isinstance(piece, LlmFailure):
            return draft, piece
        draft += piece
        end = _last_end(draft)
        if settled and end > told:
            part, told = draft[told:end], end
            await _tell(part, state, runtime)
    if settled:
        await _tell(draft[told:], state, runtime)
    return draft, None


async def _tell(written: str, state: State, runtime: Runtime[Deps]) -> None:
    claims = await asyncio.to_thread(lambda: held(checked(read(written, state), state, runtime.context)))
    if claims:
        runtime.stream_writer(AnswerToken(text=f"{strip_markup(in_lines(claims))} "))


def _last_end(draft: str) -> int:
    """Find where the last sentence ends that nothing more can belong to."""
    ends = (match.end() for match in _SENTENCE_END.finditer(draft))
    return max((end for end in ends if _BEGUN.match(draft, end)), default=0)
