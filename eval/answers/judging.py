"""What an LLM that grades answers is asked through: cached, paced, tried again, given up when it is down.

Whatever grades with it (eval/ragas_judge.py) sees replies that fit or a `JudgeError` that says why not.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from agents.llm.budget import Budget
from agents.llm.capabilities import Capabilities
from agents.llm.client import Llm
from agents.llm.failures import FailureKind, LlmFailure
from agents.llm.requests import Message, Request
from agents.llm.structured import LONGEST_SHOWN, find_object
from agents.prompts import REPAIR
from eval.answers.cache import Cache, key_of
from eval.answers.records import AnswerRecord
from eval.rating.llm_batch import DOWN, HOPELESS, IN_A_ROW, PASSING, Pace, budget_of
from hone.settings import LlmSettings

FEWEST_TOKENS = 4096  # of a reply: a long answer's statements and verdicts come back word for word
MOST_PATIENT = 120.0  # seconds that an endpoint may ask to be left alone

Fit = TypeVar("Fit", bound=BaseModel)
Check = Callable[[Fit], str]  # says what is wrong with a reply whose form is right; empty: nothing


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
    _room: asyncio.Semaphore = field(init=False)
    _failed: int = field(default=0, init=False)  # in a row, because it is down
    _given_up: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.pace.at_once)

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
        async with self._room:
            reply = await self._tried(prompt, shape, check)
        await asyncio.to_thread(self.cache.put, key, reply.model_dump_json())
        return reply

    async def _tried(self, prompt: str, shape: type[Fit], check: Check[Fit]) -> Fit:
        failure: LlmFailure | None = None
        for pause in (0.0, *self.pace.pauses):
            if self._given_up:
                raise JudgeError(LlmFailure(kind="unreachable", what=f"the judge was given up: {self._given_up}"))
            if failure is not None and failure.kind in DOWN:
                await asyncio.sleep(max(pause, min(failure.retry_after or 0.0, MOST_PATIENT)))
            reply = await self._asked(prompt, shape, check)
            if not isinstance(reply, LlmFailure):
                self._failed = 0
                return reply
            failure = reply
            if failure.kind not in PASSING or (failure.retry_after or 0.0) > MOST_PATIENT:
                break
        assert failure is not None
        self._failed += failure.kind in DOWN
        if failure.kind in HOPELESS or self._failed >= IN_A_ROW:
            self._given_up = failure.what
        raise JudgeError(failure)

    async def _asked(self, prompt: str, shape: type[Fit], check: Check[Fit]) -> Fit | LlmFailure:
        """Ask once, and once more with what was wrong."""
        budget = budget_of(self.llm)
        said: tuple[Message, ...] = (Message(role="user", text=prompt),)
        try:
            text = await self._reply(said, budget)
            found = text if isinstance(text, LlmFailure) else _read(text, shape, check)
            if isinstance(text, LlmFailure) or not isinstance(found, LlmFailure):
                return found
            repair = Message(role="user", text=REPAIR.filled(problem=found.what))
            shown = (Message(role="assistant", text=text[:LONGEST_SHOWN]),) if text.strip() else ()
            text = await self._reply((*said, *shown, repair), budget)
            return text if isinstance(text, LlmFailure) else _read(text, shape, check)
        finally:
            if (spent := SPENT.get(None)) is not None:
                spent.calls += budget.calls_made
                spent.tokens += budget.tokens_used

    async def _reply(self, said: tuple[Message, ...], budget: Budget) -> str | LlmFailure:
        reply = await self.llm.reply(Request(messages=said), budget)
        return reply if isinstance(reply, LlmFailure) else reply.text


def judge_settings(llm: LlmSettings, judge: LlmSettings, *, model: str = "", url: str = "") -> LlmSettings:
    """Give the settings of the judge: its own where there are any, changed by what the command line says.

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


def _read(text: str, shape: type[Fit], check: Check[Fit]) -> Fit | LlmFailure:
    found = find_object(text)
    if found is None:
        kind: FailureKind = "malformed"
        return LlmFailure(kind=kind, what=f"there is no JSON object in the reply {json.dumps(text[:80])}")
    try:
        reply = shape.model_validate(found)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        return LlmFailure(kind="wrong_schema", what=problems)
    wrong = check(reply)
    return LlmFailure(kind="wrong_schema", what=wrong) if wrong else reply
