"""When an LLM is asked for a view that nothing depends on, and for how long it is waited for."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from agents.llm.budget import Budget
from agents.llm.client import Llm
from agents.llm.failures import LlmFailure
from agents.records import Plan

View = TypeVar("View")

SECONDS = 10.0  # for one view
SHARE = 0.25  # of the time left, at most
REPAIRED = 2  # calls that a structured reply may take


def may_be_asked(plan: Plan, llm: Llm | None, budget: Budget, then: int) -> bool:
    """Tell whether a view may be asked for: not where one call is all that a plain question may cost.

    `then` are the calls that must be left behind it. A plan by rules beside an LLM is a plain question's, or tells that
    the LLM does not work.
    """
    spare = budget.llm_calls - budget.calls_made
    return llm is not None and plan.made_by == llm.name and spare >= REPAIRED + then and not budget.exhausted()


async def in_time(asking: Coroutine[Any, Any, View | LlmFailure], budget: Budget) -> View | LlmFailure:
    """Wait for a view as long as it is worth, which is less than the rest of the ask."""
    seconds = min(SECONDS, SHARE * budget.seconds_left)
    try:
        async with asyncio.timeout(seconds):
            return await asking
    except TimeoutError:
        return LlmFailure(kind="timeout", what=f"no view came within {seconds:.1f} s")
