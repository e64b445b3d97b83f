"""Many calls to one LLM: several side by side, each tried again where that may help, and an end when it is down."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from agents.llm.budget import RESERVE, Budget, estimate_tokens
from agents.llm.client import Llm
from agents.llm.failures import FailureKind, LlmFailure
from agents.llm.requests import Message
from eval.rating.judge import Ungraded

PASSING: frozenset[FailureKind] = frozenset(
    {"timeout", "rate_limited", "server_error", "unreachable", "cut_off", "malformed", "wrong_schema", "empty"}
)
HOPELESS: frozenset[FailureKind] = frozenset({"unauthorised", "no_model"})  # every other call would fail alike
DOWN: frozenset[FailureKind] = frozenset({"timeout", "rate_limited", "server_error", "unreachable"})
IN_A_ROW = 5  # such failures after which nothing more is asked of an endpoint
CALLS = 6  # of one attempt: structured modes that do not work, and a repair
SPARE = 200  # tokens for what estimates miss

Asked = TypeVar("Asked")
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How hard an endpoint is driven."""

    at_once: int = 4
    pauses: tuple[float, ...] = (2.0, 10.0)  # seconds before each further try


def drive(
    llm: Llm,
    items: Iterable[Asked],
    ask: Callable[[Asked], Awaitable[Given | LlmFailure]],
    heard: Callable[[Asked, Given | Ungraded], None],
    pace: Pace,
) -> None:
    """Ask about every item; `heard` hears of each as its reply comes, so an interruption loses only what is open."""
    asyncio.run(_Drive(llm, pace).run(items, ask, heard))


class _Drive:
    def __init__(self, llm: Llm, pace: Pace) -> None:
        self._llm = llm
        self._pace = pace
        self._stopped: LlmFailure | None = None
        self._failed = 0  # in a row

    async def run(
        self,
        items: Iterable[Asked],
        ask: Callable[[Asked], Awaitable[Given | LlmFailure]],
        heard: Callable[[Asked, Given | Ungraded], None],
    ) -> None:
        waiting = iter(items)

        async def work() -> None:
            for item in waiting:  # shared: each takes the next that nobody has
                heard(item, await self._tried(item, ask))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._pace.at_once):
                    group.create_task(work())
        finally:
            await self._llm.close()  # its connections belong to this event loop, which ends here

    async def _tried(self, item: Asked, ask: Callable[[Asked], Awaitable[Given | LlmFailure]]) -> Given | Ungraded:
        failure: LlmFailure | None = None
        for pause in (0.0, *self._pace.pauses):
            if self._stopped is not None:
                return Ungraded(kind="not asked", what=f"the LLM was given up: {self._stopped.what}")
            if failure is not None:
                await asyncio.sleep(pause)
            reply = await ask(item)
            if not isinstance(reply, LlmFailure):
                self._failed = 0
                return reply
            failure = reply
            if failure.kind not in PASSING:
                break
        assert failure is not None
        self._failed += failure.kind in DOWN
        if failure.kind in HOPELESS or self._failed >= IN_A_ROW:
            self._stopped = failure
        return Ungraded(kind=failure.kind, what=failure.what)


def prompt(rules: str, said: str) -> tuple[Message, ...]:
    """Make a prompt of what is to be done and what it is to be done with."""
    return Message(role="system", text=rules), Message(role="user", text=said)


def room(llm: Llm, taken: str) -> int:
    """Give how many tokens of passages fit beside what is taken and the reply."""
    return llm.settings.context_tokens - llm.settings.max_tokens - estimate_tokens(taken) - SPARE


def budget_of(llm: Llm) -> Budget:
    """Give one attempt as long as the settings give a reply, whatever an ask may cost."""
    tokens = (llm.settings.context_tokens + llm.settings.max_tokens) * CALLS
    return Budget(seconds=llm.settings.timeout + RESERVE, llm_calls=CALLS, tokens=tokens)
