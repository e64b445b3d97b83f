"""`/api/ask`: a question in, typed events out; the answer is made on the server, whoever listens."""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from agents.events import as_json
from api.errors import refusals
from api.identity import asker, service
from hone.errors import MissingError
from hone.records import Asker
from retriever.searching.searcher import LONGEST_QUERY
from service.runs import Run
from service.service import Service
from service.visibility import require_open

router = APIRouter(tags=["ask"])

EVENTS = (
    "Events in the order they happen: `run` (names the run and its conversation), then `planned`, `searching`, "
    "`found`, `judged`, `quoted`, `token`, `claim_checked`, `degraded`, and `answered` with the checked answer. "
    "Each event's id is its number."
)


class AskBody(BaseModel):
    """What is asked, and in which conversation."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"question": "How many days of annual leave do I have?", "thread": ""}},
    )

    question: str = Field(min_length=1, max_length=LONGEST_QUERY)
    thread: str = Field(
        default="", max_length=100, description="The conversation to continue; leave it empty to start one."
    )


def begun(body: AskBody, asker: Annotated[Asker, Depends(asker)], service: Annotated[Service, Depends(service)]) -> Run:
    """Begin to answer; a conversation that is somebody else's does not exist."""
    if body.thread and body.thread not in {known.id for known in service.conversations.of(asker)}:
        raise MissingError(f"There is no conversation {body.thread!r}.", hint="To start a new one, leave `thread` out.")
    return service.runs.start(body.question, asker, body.thread)


def found(run: str, asker: Annotated[Asker, Depends(asker)], service: Annotated[Service, Depends(service)]) -> Run:
    """Find a run of the asker's."""
    return service.runs.run(run, asker)


def heard(
    run: Annotated[Run, Depends(found)],
    asker: Annotated[Asker, Depends(asker)],
    service: Annotated[Service, Depends(service)],
) -> Run:
    """Find a run that may be replayed: nothing that it has found was closed to the asker since."""
    require_open(service, run, asker)
    return run


@router.post(
    "/api/ask",
    response_class=EventSourceResponse,
    responses=refusals(400, 404, 413),
    summary="Ask",
    description=f"{EVENTS}\n\nIt continues if your connection breaks: follow it again at `/api/ask/{{run}}/events`.",
)
async def ask(run: Annotated[Run, Depends(begun)]) -> AsyncIterable[ServerSentEvent]:
    """Answer a question."""
    async for event in streamed(run):
        yield event


@router.get(
    "/api/ask/{run}/events",
    response_class=EventSourceResponse,
    responses=refusals(404),
    summary="Follow an answer",
    description=EVENTS,
)
async def listen(
    run: Annotated[Run, Depends(heard)],
    after: Annotated[int, Query(ge=0, description="Skip this many events.")] = 0,
    last_event_id: Annotated[str, Header(max_length=9, description="Sent by browsers instead of `after`.")] = "",
) -> AsyncIterable[ServerSentEvent]:
    """Stream an answer's events, from one on."""
    async for event in streamed(run, int(last_event_id) if last_event_id.isdecimal() else after):
        yield event


@router.delete("/api/ask/{run}", status_code=204, responses=refusals(404), summary="Stop an answer")
def stop(run: Annotated[Run, Depends(found)]) -> None:
    """Stop answering; what was logged until then stays."""
    run.stop()


async def streamed(run: Run, after: int = 0) -> AsyncGenerator[ServerSentEvent]:
    """Stream a run from an event on, until its end; a listener who leaves does not stop it.

    The first event names the run and its conversation. An event's id is its number, so the last one seen
    is what to continue after. A run that did not end with an answer says `failed` or `stopped`.
    """
    yield ServerSentEvent(event="run", data={"event": "run", "run": run.id, "thread": run.thread})
    async with aclosing(run.follow(after)) as events:
        async for event in events:
            after += 1
            yield ServerSentEvent(event=event.kind, id=str(after), data=as_json(event))
    if run.error is not None:
        said = {"event": "failed", "message": run.error.message, "hint": run.error.hint}
        yield ServerSentEvent(event="failed", data=said)
    elif run.stopped:
        yield ServerSentEvent(event="stopped", data={"event": "stopped"})
