"""What an LLM that grades answers is asked through: cached, paced, tried again, given up when it is down.

Whatever grades with it (eval/ragas_judge.py) sees replies that fit or a `JudgeError` that says why not.
"""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from pydantic import BaseModel

from agents.llm.capabilities import Capabilities
from agents.llm.client import Llm
from agents.llm.requests import LlmFailure, Mode, PromptMessage
from agents.llm.structured import Check, structured
from eval.answers.cache import Cache, key_of
from eval.answers.records import AnswerRecord
from eval.llm_batch import Pace, PacedLlm, budget_of
from hone.settings import LlmSettings

FEWEST_TOKENS = 4096  # of a reply: a long answer's statements and verdicts come back word for word

Fit = TypeVar("Fit", bound=BaseModel)


class JudgeError(Exception):
    """Why the judge said nothing that can be used."""

    def __init__(self, failure: LlmFailure) -> None:
        super().__init__(failure.what)
        self.failure = failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What came of one measure of one answer; its scores are those of the repeats that gave one."""

    scores: tuple[float, ...] = ()
    status: Literal["scored", "not applicable", "failed"] = "scored"
    why: str = ""


class Judge(Protocol):
    """Grades answers by measures of its own."""

    @property
    def measures(self) -> Sequence[str]: ...

    @property
    def identity(self) -> dict[str, str | int]:
        """Name everything that decides its grades."""
        ...

    async def grade(self, measure: str, record: AnswerRecord, *, abstained: bool) -> Judgement: ...


@dataclass(slots=True, kw_only=True)
class Cost:
    """What a judge was asked; tokens are the endpoint's own count, or an estimate."""

    calls: int = 0
    tokens: int = 0


SPENT: ContextVar[Cost] = ContextVar("spent")  # what one answer's grades cost, however many tasks ask for them


@dataclass(slots=True, kw_only=True)
class JudgeCalls:
    """One LLM as a judge; for one event loop."""

    llm: Llm
    cache: Cache
    pace: Pace = field(default_factory=Pace)
    _paced: PacedLlm = field(init=False)

    def __post_init__(self) -> None:
        self._paced = PacedLlm(self.llm, self.pace)

    async def fill(self, prompt: str, shape: type[Fit], check: Check[Fit], occurrence: tuple[int, int]) -> Fit:
        """Ask for a shape; `occurrence` tells repeats apart, so that each of them is asked and kept."""
        settings = self.llm.settings
        key = key_of(
            judge=[settings.provider, settings.base_url, settings.model, settings.max_tokens],
            prompt=prompt,
            shape=shape.__name__,
            occurrence=occurrence,
        )
        if (kept := await asyncio.to_thread(self.cache.get, key)) is not None:
            return shape.model_validate_json(kept)
        reply = await self._paced.tried(lambda: self._asked(prompt, shape, check))
        if isinstance(reply, LlmFailure):
            raise JudgeError(reply)
        await asyncio.to_thread(self.cache.put, key, reply.model_dump_json())
        return reply

    @property
    def _mode(self) -> Mode:
        """The server holds its LLM to the form where a check found that it does."""
        return "json_schema" if self.llm.capabilities.known.mode == "json_schema" else "parse"

    async def _asked(self, prompt: str, shape: type[Fit], check: Check[Fit]) -> Fit | LlmFailure:
        """Ask once, and once more with what was wrong; the prompt says the form itself."""
        budget = budget_of(self.llm)
        said = (PromptMessage(role="user", text=prompt),)
        try:
            return await structured(shape, said, self.llm, budget, mode=self._mode, check=check)
        finally:
            if (spent := SPENT.get(None)) is not None:
                spent.calls += budget.calls_made
                spent.tokens += budget.tokens_used


def judge_settings(llm: LlmSettings, judge: LlmSettings, *, model: str = "", url: str = "") -> LlmSettings:
    """Return the settings of the judge: its own where there are any, changed by what the command line says.

    The assistant's key goes to the assistant's endpoint and to no other.
    """
    base = judge if judge.model or judge.base_url else llm
    address = url or base.base_url or llm.base_url
    same = address.rstrip("/") == llm.base_url.rstrip("/")
    return base.model_copy(
        update={
            "model": model or base.model or llm.model,
            "base_url": address,
            "api_key": judge.api_key or (llm.api_key if same else None),
            "max_tokens": max(base.max_tokens, FEWEST_TOKENS),
        }
    )


def open_calls(home: Path, settings: LlmSettings, cache: Cache, pace: Pace) -> JudgeCalls:
    """Open the LLM that grades; nothing is asked of it yet."""
    return JudgeCalls(llm=Llm(settings, Capabilities(home / "llm.json", settings)), cache=cache, pace=pace)
