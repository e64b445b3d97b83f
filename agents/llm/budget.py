"""What one ask may still cost; one object that everything the ask does draws on."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from agents.llm.requests import LlmFailure

RESERVE = 1.0  # seconds to quote passages in place of a reply that did not come
RESERVE_SHARE = 0.1  # at most, of a short budget
BYTES_A_TOKEN = 3  # four are close for English, but names, numbers and other scripts take more tokens than that


def new_boundary() -> str:
    """Make up a mark to set passages apart by; no document can hold what is drawn after it was written."""
    return f"passage-{secrets.token_hex(4)}"


@dataclass(slots=True, kw_only=True)
class Budget:
    """Limits of one ask, and what is spent of them."""

    seconds: float = 60.0
    llm_calls: int = 8
    tokens: int = 60_000  # of prompts and replies
    rounds: int = 3  # the first and two further
    clock: Callable[[], float] = time.monotonic
    boundary: str = field(default_factory=new_boundary)  # one for all calls: what they begin with alike is read once
    calls_made: int = field(default=0, init=False)
    tokens_used: int = field(default=0, init=False)
    rounds_made: int = field(default=0, init=False)
    started: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def seconds_left(self) -> float:
        """Seconds until this ask has to end; never below zero."""
        return max(0.0, self.started + self.seconds - self.clock())

    @property
    def seconds_for_llm(self) -> float:
        """Seconds that a call may take, so that enough stays to answer without it when it fails."""
        return max(0.0, self.seconds_left - min(RESERVE, self.seconds * RESERVE_SHARE))

    def exhausted(self) -> LlmFailure | None:
        """Say which limit of LLM calls is reached, if one is."""
        limits = (
            (self.seconds_for_llm <= 0, f"the time limit of {self.seconds:g} seconds was reached"),
            (self.calls_made >= self.llm_calls, f"the limit of {self.llm_calls} LLM calls was reached"),
            (self.tokens_used >= self.tokens, f"the limit of {self.tokens} tokens was reached"),
        )
        reached = next((what for over, what in limits if over), "")
        return LlmFailure(kind="budget", what=reached) if reached else None

    def take_call(self) -> LlmFailure | None:
        """Count one more call to the LLM, unless a limit forbids it."""
        if refused := self.exhausted():
            return refused
        self.calls_made += 1
        return None

    def take_round(self) -> bool:
        """Count one more round of searches, unless there may be none."""
        if self.rounds_made >= self.rounds or self.seconds_left <= 0:
            return False
        self.rounds_made += 1
        return True

    def spend(self, tokens: int) -> None:
        """Count tokens that a call took."""
        self.tokens_used += tokens


def estimate_tokens(text: str, bytes_a_token: float = BYTES_A_TOKEN) -> int:
    """Guess how many tokens a text is; no tokenizer is at hand that fits every LLM."""
    return ceil(len(text.encode("utf-8", "replace")) / bytes_a_token)
