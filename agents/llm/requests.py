"""What is asked of an LLM and what comes back, without a word of any provider's protocol."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

Mode = Literal["json_schema", "function_calling", "parse"]
MODES: tuple[Mode, ...] = ("json_schema", "function_calling", "parse")  # the surest first


class Shape(BaseModel):
    """The fields of a structured reply: flat, at most five, so that small models manage. Others are dropped."""

    model_config = ConfigDict(extra="ignore", frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call: what is said, and in which form the reply is wanted."""

    messages: tuple[Message, ...]
    shape: type[BaseModel] | None = None  # none: prose
    mode: Mode = "parse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a reply as it arrives."""

    text: str = ""
    tool: str = ""  # the name of a tool that is called
    arguments: str = ""  # a part of that call's JSON
    finish: str = ""  # why the reply ended, in the last piece that says so
    tokens: int = 0  # of prompt and reply, when the endpoint counts them
