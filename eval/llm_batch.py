"""Many calls to one LLM: several side by side, each tried again where that may help, and an end when it is down."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from agents.llm.budget import RESERVE, Budget
from agents.llm.client import Llm
from agents.llm.requests import FailureKind, LlmFailure

PASSING: frozenset[FailureKind] = frozenset(
    {"timeout", "rate_limited", "server_error", "unreachable", "cut_off", "malformed", "wrong_schema", "empty"}
)
HOPELESS: frozenset[FailureKind] = frozenset({"unauthorised", "no_model"})  # every other call would fail alike
DOWN: frozenset[FailureKind] = frozenset({"timeout", "rate_limited", "server_error", "unreachable"})
IN_A_ROW = 5  # such failures after which nothing more is asked of an endpoint
CALLS = 6  # of one attempt: structured modes that do not work, and a repair
MOST_PATIENT = 120.0  # seconds that an endpoint may ask to be left alone

Item = TypeVar("Item")
Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How hard an endpoint is driven."""

    at_once: int = 4
    pauses: tuple[float, ...] = (2.0, 10.0)  # seconds before each further try


class PacedLlm:
    """One LLM under many calls: so many side by side, each tried again where that may help, none once it is down."""

    def __init__(self, llm: Llm, pace: Pace) -> None:
        self.llm = llm
        self.pace = pace
        self._room = asyncio.Semaphore(pace.at_once)
        self._given_up = ""  # why
        self._failed = 0  # in a row, because it is down

    async def tried(self, ask: Callable[[], Awaitable[Reply | LlmFailure]]) -> Reply | LlmFailure:
        """Ask until there is a reply, or a failure that another try would not mend."""
        async with self._room:
            failure: LlmFailure | None = None
            for pause in (0.0, *self.pace.pauses):
                if self._given_up:
                    return LlmFailure(kind="given_up", what=f"stopped calling the LLM: {self._given_up}")
                if failure is not None and failure.kind in DOWN:
                    await asyncio.sleep(max(pause, failure.retry_after or 0.0))
                reply = await ask()
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
            return failure


def drive(
    llm: Llm,
    items: Iterable[Item],
    ask: Callable[[Item], Awaitable[Reply | LlmFailure]],
    heard: Callable[[Item, Reply | LlmFailure], None],
    pace: Pace,
) -> None:
    """Ask about every item; `heard` hears of each as its reply comes, so an interruption loses only what is open."""
    asyncio.run(_drive(PacedLlm(llm, pace), items, ask, heard))


async def _drive(
    paced: PacedLlm,
    items: Iterable[Item],
    ask: Callable[[Item], Awaitable[Reply | LlmFailure]],
    heard: Callable[[Item, Reply | LlmFailure], None],
) -> None:
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:  # shared: each takes the next that nobody has
            heard(item, await paced.tried(partial(ask, item)))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(paced.pace.at_once):
                group.create_task(work())
    finally:
        await paced.llm.close()  # its connections belong to this event loop, which ends here


def budget_of(llm: Llm) -> Budget:
    """Allow one attempt as long as the settings allow a reply, whatever an ask may cost."""
    tokens = (llm.settings.context_tokens + llm.settings.max_tokens) * CALLS
    return Budget(seconds=llm.settings.timeout + RESERVE, llm_calls=CALLS, tokens=tokens)
