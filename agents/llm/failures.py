"""What asking an LLM can lead to besides a reply: failures are values here, never exceptions."""

from dataclasses import dataclass, field
from typing import Literal

FailureKind = Literal[
    "timeout",
    "rate_limited",
    "server_error",
    "unreachable",
    "unauthorised",
    "no_model",
    "rejected",  # the endpoint refuses this request: a parameter it does not know
    "too_large",  # the prompt does not fit the model
    "malformed",  # bytes or JSON that nobody can read
    "wrong_schema",
    "empty",
    "too_long",  # cut at the limit of one reply
    "cut_off",  # the connection ended in the middle
    "tool_call",  # it asked for a tool that it was not offered
    "refused",  # a content filter or the model itself
    "wrong_language",
    "budget",  # this ask may cost no more
    "given_up",  # nothing was asked: too many calls before had failed
    "unexpected",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmFailure:
    """Why an LLM gave nothing, or gave less than a whole reply."""

    kind: FailureKind
    what: str  # for people: what happened, with the value
    retry_after: float | None = field(default=None, compare=False)  # seconds, where the endpoint named them


class ChatError(Exception):
    """Carries a failure out of a chat model to the client, which alone catches it."""

    def __init__(self, failure: LlmFailure, *, retry_after: float | None = None) -> None:
        super().__init__(failure.what)
        self.failure = failure
        self.retry_after = retry_after  # seconds, when the endpoint names them
