"""Find out what an endpoint can do: does it answer, how fast, in which structured mode, and what its model may do."""

import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal

from agents.llm.budget import Budget, estimate_tokens
from agents.llm.capabilities import LEAST_CONTEXT, ROLES, EndpointFacts, Role
from agents.llm.client import Llm
from agents.llm.probes import PASSAGES
from agents.llm.requests import LlmFailure, Mode, PromptMessage, Request, Shape
from agents.llm.server_facts import context_of, count_tokens
from agents.llm.structured import works_as
from agents.llm.trials import Trial, try_judging, try_planning, try_writing
from hone.progress import Progress, Silent

SPEAK = (PromptMessage(role="user", text="Count from one to twelve in words, separated by commas."),)
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
TRIED = 60  # for every role: two for each of some thirty questions


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
    roles: Mapping[Role, Trial] = field(default_factory=dict[Role, Trial])
    context_tokens: int | None = None  # as the server says

    @property
    def is_too_small(self) -> bool:
        """Whether the server's context is too small for passages and an answer."""
        return self.context_tokens is not None and self.context_tokens < LEAST_CONTEXT

    @property
    def mode(self) -> Mode | None:
        """The surest mode that works."""
        return next((mode for mode, works in self.modes.items() if works), None)


async def probe(llm: Llm, progress: Progress | None = None) -> EndpointCheck:
    """Ask an LLM a few small things, and remember what it can do."""
    progress = progress or Silent()
    budget = Budget(seconds=llm.settings.timeout * CALLS, llm_calls=CALLS)
    progress.stage("trying its forms of reply", 1 + len(llm.capabilities.offered))
    await llm.warm()
    spoken = await _speak(llm, budget)
    progress.advance(1)
    if spoken.failure:
        return spoken
    modes: dict[Mode, bool] = {}
    for mode in llm.capabilities.offered:
        modes[mode] = await works_as(mode, Colour, DESCRIBED if mode == "parse" else COLOUR, llm, budget)
        progress.advance(1)
    known = EndpointFacts(
        mode=next((mode for mode, works in modes.items() if works), None),
        first_token_ms=spoken.first_token_ms,
        tokens_per_second=spoken.tokens_per_second,
        context_tokens=await context_of(llm.settings),
        bytes_a_token=await _bytes_a_token(llm),
    )
    llm.capabilities.checked(known)  # the trials go by it
    roles = await _roles(llm, known.mode, progress)
    denied = {role: trial.told for role, trial in roles.items() if not trial.passed}
    judged = roles["judge"]
    odds = {"usual_odds": judged.usual_odds, "odds_apart": judged.odds_apart}
    llm.capabilities.checked(replace(known, denied=denied, verdicts=judged.verdicts, **odds))
    return replace(spoken, modes=modes, roles=roles, context_tokens=known.context_tokens)


async def _roles(llm: Llm, mode: Mode | None, progress: Progress) -> Mapping[Role, Trial]:
    """Try every role; one that needs a structured mode is not tried without."""
    found: dict[Role, Trial] = {}
    trials = {"plan": try_planning, "judge": try_judging, "write": try_writing}
    progress.stage("trying what it may do", len(ROLES))
    for role in ROLES:
        if role == "plan" and mode is None:
            found[role] = Trial(passed=False, told="it can't reply with JSON")
        else:
            budget = Budget(seconds=llm.settings.timeout * TRIED, llm_calls=TRIED, tokens=10**9)
            found[role] = await trials[role](llm, budget)
        progress.advance(1)
    return found


async def _bytes_a_token(llm: Llm) -> float | None:
    text = "\n".join(PASSAGES.values())
    tokens = await count_tokens(text, llm.settings)
    return round(len(text.encode()) / tokens, 2) if tokens else None


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
