"""`/api/threads`: the asker's conversations."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.errors import refusals
from api.identity import asker, service
from api.replies import ConversationReply, ThreadReply, TurnReply
from hone.errors import MissingError
from hone.log.asks import LoggedAsk
from hone.records import Asker
from service.service import Service
from service.visibility import shown_of

router = APIRouter(tags=["conversations"])


@router.get("/api/threads", responses=refusals(), summary="List conversations")
def threads(
    asker: Annotated[Asker, Depends(asker)], service: Annotated[Service, Depends(service)]
) -> list[ThreadReply]:
    """List your conversations, most recently used first."""
    return [ThreadReply.model_validate(thread) for thread in service.conversations.of(asker)]


@router.get("/api/threads/{thread}", responses=refusals(404), summary="Read a conversation")
def conversation(
    thread: str, asker: Annotated[Asker, Depends(asker)], service: Annotated[Service, Depends(service)]
) -> ConversationReply:
    """List what was asked and answered, oldest first, with the answer in progress, if there is one.

    What rests on documents that you can no longer access is left out, and `hidden` says so.
    """
    run = service.runs.of_thread(thread, asker)
    under_way = run is not None and not run.ended
    if not under_way and thread not in {known.id for known in service.conversations.of(asker)}:
        raise MissingError(f"There is no conversation {thread!r}.", hint="It may have been deleted.")
    turns = [_turn(ask, service, asker) for ask in service.conversations.turns(thread, asker)]
    return ConversationReply(id=thread, turns=turns, run=run.id if run is not None and under_way else None)


@router.delete("/api/threads/{thread}", status_code=204, responses=refusals(404), summary="Delete a conversation")
def delete(thread: str, asker: Annotated[Asker, Depends(asker)], service: Annotated[Service, Depends(service)]) -> None:
    """Delete a conversation and everything in it."""
    service.conversations.delete(thread, asker)


def _turn(ask: LoggedAsk, service: Service, asker: Asker) -> TurnReply:
    shown = shown_of(ask, service.library, asker)
    return TurnReply(
        ask_id=ask.ask_id,
        question=ask.question,
        asked=ask.timestamp,
        text=shown.text,
        verdict=ask.verdict,
        claims=[dict(claim) for claim in shown.claims],
        hidden=shown.hidden,
        degraded=[dict(item) for item in ask.degraded],
        search_ids=list(ask.search_ids),
        body=shown.body,
        conflicts=[dict(conflict) for conflict in shown.conflicts],
        missing=list(shown.missing),
        may_mean=list(shown.may_mean),
    )
