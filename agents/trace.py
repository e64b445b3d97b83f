"""What the log keeps of an ask: everything that training and evaluation will want to know."""

import asyncio
import logging
from dataclasses import asdict
from datetime import UTC, datetime

from agents.prompts import PROMPTS_VERSION
from agents.records import Answer, Degradation, Retrieved
from agents.run_in_thread import run_in_thread
from agents.state import Deps, State
from hone.errors import in_words
from hone.log.asks import AskLog, LoggedAsk
from hone.workspace import Workspace

log = logging.getLogger(__name__)

LOGGING = 2.0  # seconds that an answer waits for its trace to be written


async def keep_trace(workspace: Workspace, answer: Answer, state: State, deps: Deps) -> Degradation | None:
    """Write an ask down beside the event loop, or say what kept that from happening in time."""
    try:
        async with asyncio.timeout(LOGGING):
            what = await run_in_thread(lambda: _written(workspace, answer, state, deps))
    except TimeoutError:
        what = f"the log stayed locked for {LOGGING:g} s"
    return Degradation(stage="log", what=what, instead="answered, but not logged") if what else None


def _written(workspace: Workspace, answer: Answer, state: State, deps: Deps) -> str:
    if not workspace.settings.search.log:
        return ""
    try:
        AskLog(workspace.log_database).record(trace_of(answer, state, deps))
    except Exception as error:  # an answer is worth more than its trace
        log.exception("couldn't log ask %s", answer.ask_id)
        return in_words(error)
    return ""


def trace_of(answer: Answer, state: State, deps: Deps) -> LoggedAsk:
    """Make the log's record of an ask."""
    results = [item.result for item in state["retrieved"] if item.result is not None]
    sufficiency = state["sufficiency"]
    plan = state["plan"]
    return LoggedAsk(
        ask_id=answer.ask_id,
        thread=answer.thread,
        client_id=deps.asker.name,
        question=answer.question,
        timestamp=datetime.now(UTC),
        text=answer.text,
        verdict=answer.verdict,
        model=results[0].model if results else "",
        generation=results[0].generation if results else "",
        llm=deps.llm.name if deps.llm is not None else "",
        prompts=PROMPTS_VERSION if deps.llm is not None else "",
        probability=sufficiency.probability if sufficiency is not None else 0.0,
        plan=asdict(plan) if plan is not None else {},
        searches=tuple(_search(item) for item in state["retrieved"]),
        evidence=tuple(item.hit.passage for item in state["evidence"]),
        claims=tuple(asdict(claim) for claim in answer.claims),
        signals=dict(sufficiency.signals) if sufficiency is not None else {},
        degraded=tuple(asdict(item) for item in answer.degraded),
        took_ms=answer.took_ms,
        body=answer.body,
        conflicts=tuple(asdict(conflict) for conflict in answer.conflicts),
        missing=answer.missing,
        may_mean=answer.may_mean,
    )


def _search(item: Retrieved) -> dict[str, str]:
    outcome = {"search_id": item.result.search_id} if item.result is not None else {"error": item.error}
    return {"id": item.question.id, "text": item.question.text, "reason": item.question.reason, **outcome}
