"""`/api/feedback`: what a person says of an answer or a hit, and takes back."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.errors import refusals
from api.identity import asker, service
from api.replies import FeedbackReply
from hone.records import Asker
from service.feedback import LONGEST_REASON, Given, Word
from service.service import Service

router = APIRouter(tags=["feedback"])

LONGEST_ID = 1000


class FeedbackBody(BaseModel):
    """One thing that a person did or said."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "action": "thumb_up",
                "search_id": "d4a8d5a2-7f0e-4a65-9a3c-7d1f0f9b6a11",
                "ask_id": "1b9e6a70-2f3f-4c1c-8f6e-0c2a5d9f7e21",
                "reason": "Exactly what I needed.",
            }
        },
    )

    action: Given
    search_id: str = Field(max_length=LONGEST_ID, description="The search it is about, one of yours.")
    object_id: str = Field(
        default="", max_length=LONGEST_ID, description="A passage or a document; leave it empty for the answer."
    )
    ordinal: int | None = Field(default=None, ge=1, le=1000, description="The rank it was shown at.")
    ask_id: str = Field(default="", max_length=LONGEST_ID, description="The answer it is about, if any.")
    reason: str = Field(default="", max_length=LONGEST_REASON)


@router.post("/api/feedback", status_code=201, responses=refusals(400, 404, 413), summary="Give feedback")
def give(
    body: FeedbackBody, asker: Annotated[Asker, Depends(asker)], service: Annotated[Service, Depends(service)]
) -> FeedbackReply:
    """Save one piece of feedback, in the place of what it contradicts or repeats.

    It may be about a document that the search did not show, which is how Hone learns what it missed. A document that
    you can't access is 404, as if it didn't exist.
    """
    event = service.feedback.give(Word(**body.model_dump()), asker)
    return FeedbackReply(
        event_id=event.event_id,
        action=event.action,
        search_id=event.search_id,
        object_id=event.object_id,
        ordinal=event.ordinal,
        shown=event.attributes.get("shown", True),
    )


@router.delete("/api/feedback/{event_id}", status_code=204, responses=refusals(404), summary="Withdraw feedback")
def withdraw(
    event_id: str, asker: Annotated[Asker, Depends(asker)], service: Annotated[Service, Depends(service)]
) -> None:
    """Take feedback back, as if it had never been given."""
    service.feedback.withdraw(event_id, asker)
