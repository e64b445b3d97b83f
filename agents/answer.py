"""What is said: written by an LLM from the numbered passages, or quoted from them."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime

from agents.check import checked, held, read, said
from agents.compose import in_lines
from agents.events import AnswerToken, Degraded, Judged, QuotedFirst
from agents.heuristics.extracting import extract
from agents.llm.judging import may_be_asked
from agents.llm.pointing import may_point
from agents.llm.requests import FailureKind, LlmFailure
from agents.llm.verdict import pointed_verdict
from agents.llm.writing import write_answer
from agents.records import Claim, Degradation, Sufficiency
from agents.sanitise import strip_markup
from agents.state import Deps, State, planned

UNFINISHED: frozenset[FailureKind] = frozenset({"too_long", "cut_off"})  # what came until then is as good as any
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)*_]*(?:[ \t]*\[[\d,;& –-]+\])*(?=\s|$)|\[[\d,;& –-]+\][.!?](?=\s|$)")
_BEGUN = re.compile(r"\s+[^\s\[【]")  # of the next sentence: until then the last may still get its number


async def answer(state: State, runtime: Runtime[Deps]) -> dict[str, Any]:
    """Answer from the evidence; without any, there is nothing to say and the check says so.

    Quotes are there at once. Where an LLM judges or writes, they are shown until it has.
    """
    deps, sufficiency = runtime.context, state["sufficiency"]
    if sufficiency is None or not state["evidence"] or sufficiency.verdict == "out_of_scope":
        return {"claims": (), "draft": ""}
    points, writes = may_point(planned(state), deps.llm, deps.budget), _may_write(deps)
    claims = await _quotes(state, sufficiency, deps)
    if claims and (points or writes):
        runtime.stream_writer(QuotedFirst(text=await _shown(claims, state, sufficiency, deps)))
    degraded: list[Degradation] = []
    if points:
        pointed, lost = await _pointed(state, sufficiency, runtime)
        degraded += [lost] if lost is not None else []
        claims = claims if _as_before(pointed, sufficiency) else await _quotes(state, pointed, deps)
        sufficiency = pointed
    if not claims or not writes:
        return {"draft": "", "claims": claims, "sufficiency": sufficiency, "degraded": degraded}
    draft, lost = await _draft(state, sufficiency, runtime)
    degraded += [lost] if lost is not None else []
    return {"draft": draft, "claims": claims, "sufficiency": sufficiency, "degraded": degraded}


def _may_write(deps: Deps) -> bool:
    return deps.llm is not None and deps.llm.capabilities.may("write")


def _as_before(one: Sufficiency, other: Sufficiency) -> bool:
    return one.verdict == other.verdict


async def _quotes(state: State, sufficiency: Sufficiency, deps: Deps) -> tuple[Claim, ...]:
    """Quote what answers; nothing where nothing does."""
    if sufficiency.verdict == "insufficient":
        return ()
    with deps.timed("answer"):
        return await asyncio.to_thread(extract, planned(state), state["evidence"], sufficiency, deps.read)


async def _shown(claims: Sequence[Claim], state: State, sufficiency: Sufficiency, deps: Deps) -> str:
    """Put quotes into words as the answer will, if nothing else comes of it."""
    with deps.timed("answer"):
        return await asyncio.to_thread(lambda: said(checked(claims, state, deps), sufficiency, state))


async def _pointed(
    state: State, sufficiency: Sufficiency, runtime: Runtime[Deps]
) -> tuple[Sufficiency, Degradation | None]:
    """Judge anew with what the LLM points at; without it, what was measured stands."""
    deps = runtime.context
    assert deps.llm is not None
    with deps.timed("judge"):
        fit = deps.calibrated.calibration
        seen = await pointed_verdict(planned(state), sufficiency, state["evidence"], deps.llm, deps.budget, fit)
    if isinstance(seen, LlmFailure):
        instead = "decided from the measured signals instead"
        lost = Degradation(stage="judge", what=seen.what, instead=instead)
        runtime.stream_writer(Degraded(degradation=lost))
        return sufficiency, lost
    if not _as_before(seen, sufficiency):
        runtime.stream_writer(Judged(sufficiency=seen, round=deps.budget.rounds_made))
    return seen, None


async def _draft(state: State, sufficiency: Sufficiency, runtime: Runtime[Deps]) -> tuple[str, Degradation | None]:
    """Let the LLM write; of what broke off, whole sentences are kept."""
    with runtime.context.timed("answer"):
        draft, failure = await _write(state, sufficiency, runtime)
    if failure is None:
        return draft, None
    whole = whole_sentences(draft) if failure.kind in UNFINISHED else ""
    instead = "showing what was written so far" if whole else "showing quotes from the documents instead"
    lost = Degradation(stage="answer", what=failure.what, instead=instead)
    runtime.stream_writer(Degraded(degradation=lost))
    return whole, lost


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
