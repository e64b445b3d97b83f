"""`/v1`: models and chat completions."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from openai.pagination import SyncPage
from openai.types import Model
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from agents.records import Answer, Turn
from api.chat.history import Histories
from api.chat.replies import MODEL, answer_of, completion, ended, streamed, text_of
from api.errors import Documented, openai_refusals
from api.identity import asker, service
from hone.errors import MissingError, TooManyError, UsageError
from hone.records import Asker
from retriever.searching.searcher import LONGEST_QUERY
from service.runs import Run
from service.service import Service

MOST_MESSAGES = 1000
router = APIRouter(prefix="/v1", tags=["OpenAI protocol"])
CARD = Model(id=MODEL, object="model", created=0, owned_by="hone")
UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
STREAMED: Documented = {
    200: {"content": {"text/event-stream": {}}, "description": "A `chat.completion`, or its chunks."}
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A run with what it answers."""

    run: Run
    asked: ChatQuestion
    histories: Histories

    def finish(self, answer: Answer) -> str:
        """Write the answer as text, and remember the conversation that ends with it."""
        text = text_of(answer)
        said = (*self.asked.before, Turn(role="user", text=self.asked.question), Turn(role="assistant", text=text))
        self.histories.remember(self.run.asker, said, self.run.thread)
        return text


def begun(
    body: ChatBody,
    request: Request,
    asker: Annotated[Asker, Depends(asker)],
    service: Annotated[Service, Depends(service)],
) -> Begun:
    """Begin to answer the last question of a conversation."""
    _known(body.model)
    histories: Histories = request.app.state.histories
    question = asked(body)
    thread = histories.thread(asker, question.before)
    try:
        run = service.runs.start(question.question, asker, thread)
    except TooManyError:
        if thread:  # the client comes back with the same words, and continues the same conversation
            histories.remember(asker, question.before, thread)
        raise
    return Begun(run=run, asked=question, histories=histories)


@router.get("/models", responses=openai_refusals(), summary="List models", dependencies=[Depends(asker)])
def models() -> SyncPage[Model]:
    """List the one model there is."""
    return SyncPage(object="list", data=[CARD])


@router.get("/models/{model}", responses=openai_refusals(404), summary="A model", dependencies=[Depends(asker)])
def model(model: str) -> Model:
    """Describe the one model there is."""
    _known(model)
    return CARD


@router.post("/chat/completions", responses={**STREAMED, **openai_refusals(400, 404, 413)}, summary="Chat")
async def chat(body: ChatBody, begun: Annotated[Begun, Depends(begun)]) -> Response:
    """Answer the last question of a conversation, with numbered sources in the text and `citations` beside it.

    Streamed or not, only what has been checked is sent. Parameters such as `temperature` are accepted and ignored.
    """
    if body.stream:
        return StreamingResponse(streamed(begun.run, begun.finish), media_type="text/event-stream", headers=UNBUFFERED)
    await ended(begun.run)
    answer = answer_of(begun.run)
    reply = completion(begun.run, answer, begun.finish(answer))
    return Response(reply.model_dump_json(exclude_unset=True), media_type="application/json")


def _known(model: str) -> None:
    if model != MODEL:
        raise MissingError(f"There is no model {model!r}.", hint=f"Use the model {MODEL!r}.")
