"""Find out what an endpoint can do: does it answer, how fast, and in which structured mode."""

import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from agents.llm.budget import Budget, estimate_tokens
from agents.llm.capabilities import EndpointFacts
from agents.llm.client import Llm
from agents.llm.requests import LlmFailure, Mode, PromptMessage, Request, Shape
from agents.llm.structured import works_as

SPEAK = (PromptMessage(role="user", text="Count from one to thirty in words, separated by commas."),)
# Without a word about the form: only an endpoint that holds its LLM to the schema gives it.
COLOUR = (PromptMessage(role="user", text="Which colour is a ripe lemon, and how many letters has that word?"),)
DESCRIBED = (
    PromptMessage(
        role="user",
        text=f"{COLOUR[0].text} Reply with nothing else than one JSON object with the fields "
        '"colour" ("red", "green" or "yellow") and "letters" (a number).',
    ),
)
CALLS = 12  # one for speed, one a mode, and what is tried again


class Colour(Shape):
    """The colour of a lemon."""

    colour: Literal["red", "green", "yellow"]
    letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointCheck:
    """What a check found out."""

    failure: LlmFailure | None = None  # why it does not answer
    first_token_ms: float = 0.0
    tokens_per_second: float = 0.0
    modes: Mapping[Mode, bool]

    @property
    def mode(self) -> Mode | None:
        """The surest mode that works."""
        return next((mode for mode, works in self.modes.items() if works), None)


async def probe(llm: Llm) -> EndpointCheck:
    """Ask an LLM a few small things, and remember what it can do."""
    budget = Budget(seconds=llm.settings.timeout * CALLS, llm_calls=CALLS)
    await llm.warm()
    spoken = await _speak(llm, budget)
    if spoken.failure:
        return spoken
    modes: dict[Mode, bool] = {}
    for mode in llm.capabilities.offered:
        modes[mode] = await works_as(mode, Colour, DESCRIBED if mode == "parse" else COLOUR, llm, budget)
    found = EndpointCheck(first_token_ms=spoken.first_token_ms, tokens_per_second=spoken.tokens_per_second, modes=modes)
    llm.capabilities.checked(
        EndpointFacts(mode=found.mode, first_token_ms=found.first_token_ms, tokens_per_second=found.tokens_per_second)
    )
    return found


async def _speak(llm: Llm, budget: Budget) -> EndpointCheck:
    began, first, said = time.perf_counter(), 0.0, ""
    async with aclosing(llm.pieces(Request(messages=SPEAK), budget)) as pieces:
        async for piece in pieces:
            if isinstance(piece, LlmFailure):
                if piece.kind != "too_long":  # long-winded, but it answers
                    return EndpointCheck(failure=piece, modes={})
                break
            first = first or (time.perf_counter() if piece.text.strip() else 0.0)
            said += piece.text
    lasted = max(time.perf_counter() - first, 1e-3)
    return EndpointCheck(
        first_token_ms=round((first - began) * 1000, 1),
        tokens_per_second=round(estimate_tokens(said) / lasted, 1),
        modes={},
    )
