"""A reply with named fields from any LLM: constrained by schema, by a function's arguments, or just asked for."""

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from agents.llm.budget import Budget
from agents.llm.client import Llm, LlmReply
from agents.llm.requests import FailureKind, LlmFailure, Mode, PromptMessage, Request
from agents.prompts import REPAIR

Wanted = TypeVar("Wanted", bound=BaseModel)
Check = Callable[[Wanted], str]  # says what is wrong with a reply whose form is right; empty: nothing

NOT_THIS_WAY: frozenset[FailureKind] = frozenset({"rejected", "tool_call", "no_model"})  # another mode may work
UNFIT: frozenset[FailureKind] = frozenset({"malformed", "wrong_schema"})  # worth one repair
LONGEST_SHOWN = 2000  # characters of a wrong reply that the repair is shown
MOST_STARTS = 50  # braces at which an object is looked for; each costs time when none of them closes
DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried(Generic[Wanted]):
    """What one call gave: fields, or a failure and the text that was no good."""

    fields: Wanted | None = None
    failure: LlmFailure | None = None
    text: str = ""


async def structured(
    shape: type[Wanted],
    messages: Sequence[PromptMessage],
    llm: Llm,
    budget: Budget,
    *,
    mode: Mode | None = None,
    check: Check[Wanted] = lambda _: "",
) -> Wanted | LlmFailure:
    """Ask for a shape, in the surest mode that works there or in one; one wrong reply is repaired, no more."""
    modes: list[Mode] = [mode] if mode else list(llm.capabilities.modes)
    said, repaired = list(messages), False
    while True:
        request = Request(messages=tuple(said), shape=shape, mode=modes[0])
        tried = await _try(request, shape, llm, budget, check)
        if tried.fields is not None:
            if mode is None:
                llm.capabilities.learn(modes[0])
            return tried.fields
        failure = tried.failure or LlmFailure(kind="unexpected", what="nothing came back")
        if failure.kind in NOT_THIS_WAY and len(modes) > 1:
            modes.pop(0)
        elif failure.kind in UNFIT and not repaired:
            repaired = True
            said = [*messages, *_repair(tried.text, failure)]
            if "{" not in tried.text and len(modes) > 1:  # prose: this mode constrains nothing there
                modes.pop(0)
        else:
            return failure


async def works_as(
    mode: Mode, shape: type[BaseModel], messages: Sequence[PromptMessage], llm: Llm, budget: Budget
) -> bool:
    """Check whether one call in this mode gives the shape."""
    request = Request(messages=tuple(messages), shape=shape, mode=mode)
    return (await _try(request, shape, llm, budget, lambda _: "")).fields is not None


async def _try(request: Request, shape: type[Wanted], llm: Llm, budget: Budget, check: Check[Wanted]) -> _Tried[Wanted]:
    reply = await llm.reply(request, budget)
    if isinstance(reply, LlmFailure):
        return _Tried(failure=reply)
    if reply.tool and reply.tool != shape.__name__:
        what = f"it called {reply.tool[:60]!r}, which it was not offered"
        return _Tried(failure=LlmFailure(kind="tool_call", what=what))
    return _read(reply, shape, check)


def _read(reply: LlmReply, shape: type[Wanted], check: Check[Wanted]) -> _Tried[Wanted]:
    text = reply.arguments or reply.text
    found = find_object(text)
    if found is None:
        what = "the JSON ends too early" if "{" in text else "there is no JSON object in the reply"
        return _Tried(failure=LlmFailure(kind="malformed", what=what), text=text)
    try:
        fields = shape.model_validate(found)
        problems = check(fields)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
    else:
        if not problems:
            return _Tried(fields=fields)
    return _Tried(failure=LlmFailure(kind="wrong_schema", what=problems), text=text)


def find_object(text: str) -> dict[str, Any] | None:
    """Find the first JSON object in a text, whatever stands around it."""
    for start in [match.start() for match in re.finditer("{", text)][:MOST_STARTS]:
        with suppress(ValueError, RecursionError):
            found, _ = DECODER.raw_decode(text, start)
            return found
    return None


def _repair(text: str, failure: LlmFailure) -> list[PromptMessage]:
    shown = [PromptMessage(role="assistant", text=text[:LONGEST_SHOWN])] if text.strip() else []
    return [*shown, PromptMessage(role="user", text=REPAIR.filled(problem=failure.what))]
