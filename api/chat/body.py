"""What a client of the OpenAI protocol sends, as far as Hone reads it."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.records import Turn
from hone.errors import UsageError
from retriever.searching.searcher import LONGEST_QUERY

MODEL = "hone"
MOST_MESSAGES = 1000


class MessagePart(BaseModel):
    """A part of a message; of those that are not text nothing is read."""

    model_config = ConfigDict(extra="ignore")

    type: str = "text"
    text: str = ""


class Message(BaseModel):
    """Something said; system prompts and tools' results are accepted, and change nothing."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[MessagePart] | None = None

    @property
    def text(self) -> str:
        """The text of all parts."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text").strip()
        return (self.content or "").strip()


class ChatBody(BaseModel):
    """A conversation to go on with; parameters that Hone has no use for are accepted and ignored."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "example": {"model": MODEL, "messages": [{"role": "user", "content": "Who fixes my VPN?"}], "stream": False}
        },
    )

    model: str = Field(default=MODEL, max_length=200)
    messages: list[Message] = Field(min_length=1, max_length=MOST_MESSAGES)
    stream: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatQuestion:
    """The last question of a conversation, and what was said before it."""

    question: str
    before: tuple[Turn, ...]


def asked(body: ChatBody) -> ChatQuestion:
    """Take the last question from a conversation."""
    said = [
        Turn(role="user" if message.role == "user" else "assistant", text=message.text)
        for message in body.messages
        if message.role in ("user", "assistant") and message.text
    ]
    last = max((at for at, turn in enumerate(said) if turn.role == "user"), default=None)
    if last is None:
        raise UsageError("None of the user messages has any text.", hint="Put the question into the last user message.")
    if len(said[last].text) > LONGEST_QUERY:
        raise UsageError(
            f"The question has {len(said[last].text):,} characters; at most {LONGEST_QUERY:,} are allowed.",
            hint="Shorten the question.",
        )
    return ChatQuestion(question=said[last].text, before=tuple(said[:last]))
