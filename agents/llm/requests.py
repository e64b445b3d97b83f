"""What is asked of an LLM and what comes back, without a word of any provider's protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

Mode = Literal["json_schema", "function_calling", "parse"]
MODES: tuple[Mode, ...] = ("json_schema", "function_calling", "parse")  # the surest first
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
    "off_topic",  # a plan that has little to do with what was asked
    "budget",  # this ask may cost no more
    "given_up",  # nothing was asked: too many calls before had failed
    "unexpected",
]


class Shape(BaseModel):
    """The fields of a structured reply: flat, at most five, so that small models manage. Others are dropped."""

    model_config = ConfigDict(extra="ignore", frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptMessage:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    text: str


def prompt(rules: str, said: str) -> tuple[PromptMessage, ...]:
    """Make a prompt of what is to be done and what it is to be done with."""
    return PromptMessage(role="system", text=rules), PromptMessage(role="user", text=said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call: what is said, and in which form the reply is wanted."""

    messages: tuple[PromptMessage, ...]
    shape: type[BaseModel] | None = None  # none: prose
    mode: Mode = "parse"
    most_tokens: int = 0  # of the reply; none: as many as the settings allow
    one_token: bool = False  # only the first token is wanted, with how probable each that could stand there is


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPiece:
    """A part of a reply as it arrives."""

    text: str = ""
    tool: str = ""  # the name of a tool that is called
    arguments: str = ""  # a part of that call's JSON
    finish: str = ""  # why the reply ended, in the last piece that says so
    tokens: int = 0  # of prompt and reply, when the endpoint counts them
    chances: Mapping[str, float] = field(default_factory=dict[str, float])  # of the tokens that could have come first


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
