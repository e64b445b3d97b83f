"""The assistant, asked so that nothing of it stays: not in the log, not among anyone's conversations."""

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast

from agents.assistant import Assistant
from agents.calibration import calibration_for
from agents.check import held
from agents.finish import answer_of
from agents.memory import new_thread
from agents.records import Claim
from agents.run import run_graph
from agents.state import Deps, State, fresh
from eval.answers.records import CitedClaim, cited_claims
from eval.pinned import open_pinned
from eval.records import EvalQuestion
from hone.errors import HoneError, in_words
from hone.records import Asker
from hone.registry import Generation
from hone.settings import Settings
from hone.workspace import Workspace
from retriever.searching.searcher import Searcher

log = logging.getLogger(__name__)

TRIES = 3  # of one question, where something on the way failed
PAUSE = 0.5  # seconds before the second try, and twice that before the third


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSource:
    """A passage that an answer was made from."""

    passage: str
    document: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAnswer:
    """What the assistant said, what it was made from, and what it took."""

    response: str = ""
    verdict: str
    probability: float | None = None  # calibrated: that the passages hold the answer; none where nothing was judged
    sources: tuple[AnswerSource, ...] = ()
    claims: tuple[CitedClaim, ...] = ()  # what it says, each with the passages that it cites
    degraded: tuple[str, ...] = ()  # what did not work on the way
    took_ms: Mapping[str, float]
    llm_calls: int = 0
    tokens: int = 0
    failed: str = ""  # why there is no answer at all


class Apart(Assistant):
    """An assistant on one generation, whose asks leave no trace."""

    def __init__(self, workspace: Workspace, generation: Generation) -> None:
        quiet = Workspace(unlogged(workspace.settings))
        super().__init__(quiet, searcher=open_pinned(quiet, generation))
        self._model = generation.model.card.hash

    async def answer(self, question: EvalQuestion) -> AskedAnswer:
        """Answer a question as its asker, after what was said before it; tried again where something failed."""
        for again in range(TRIES):
            await asyncio.sleep(PAUSE * again)
            found = await self._tried(question)
            if not (found.failed or found.degraded):
                break
        return found  # pyright: ignore[reportPossiblyUnboundVariable]  # it is tried at least once

    async def aclose(self) -> None:
        """Let go of everything, the quiet workspace too."""
        await super().aclose()
        self.workspace.close()

    def _deps(self, asker: Asker, searcher: Searcher) -> Deps:
        """Judge by the calibration that would serve with this generation, whatever is live."""
        return replace(super()._deps(asker, searcher), calibrated=calibration_for(self.workspace, self._model))

    async def _tried(self, question: EvalQuestion) -> AskedAnswer:
        began = time.perf_counter()
        try:
            await self._warm()
            began = time.perf_counter()  # what is loaded once is no part of an answer's time
            return await self._answered(question, began)
        except Exception as error:  # one question that can't be answered must not end the others
            if not isinstance(error, HoneError):
                log.exception("couldn't answer a question")
            what = in_words(error)
            took = round((time.perf_counter() - began) * 1000, 1)
            return AskedAnswer(verdict="failed", took_ms={"total": took}, failed=" ".join(what.split()))

    async def _answered(self, question: EvalQuestion, began: float) -> AskedAnswer:
        deps = await asyncio.to_thread(self._deps, question.asker, self.searcher)
        before = {"retrieved": [], "degraded": [], "turns": list(question.history)}
        state = cast(State, {**fresh(question.text), **before})
        async with aclosing(run_graph(state, deps, None, new_thread())) as events:
            async for _ in events:
                pass
        deps.took_ms["total"] = round((time.perf_counter() - began) * 1000, 1)
        answer = await asyncio.to_thread(answer_of, state, str(uuid.uuid4()), "", deps)
        return _told(state, answer.text, answer.verdict, answer.claims, deps)


def unlogged(settings: Settings) -> Settings:
    """Switch the log off in the settings: questions that nobody asked must not be learned from."""
    search = settings.search.model_copy(update={"log": False})
    return settings.model_copy(update={"search": search})


def _told(state: State, text: str, verdict: str, claims: tuple[Claim, ...], deps: Deps) -> AskedAnswer:
    sufficiency = state["sufficiency"]
    return AskedAnswer(
        response=text,
        verdict=verdict,
        probability=None if sufficiency is None else sufficiency.probability,
        sources=tuple(
            AnswerSource(
                passage=item.hit.passage,
                document=item.hit.document,
                title=item.hit.title,
                text=item.hit.text,
            )
            for item in state["evidence"]
        ),
        claims=cited_claims(held(claims)),
        degraded=tuple(dict.fromkeys(f"{item.stage}: {item.what}" for item in state["degraded"])),
        took_ms=dict(deps.took_ms),
        llm_calls=deps.budget.calls_made,
        tokens=deps.budget.tokens_used,
    )
