"""Whether the process lives, and whether it can answer; for whoever watches it, so without a token."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.errors import documented
from api.identity import service
from api.replies import HealthReply
from hone.errors import HoneError
from service.service import Service

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the server running?")
async def live() -> HealthReply:
    """Say that the process is running."""
    return HealthReply(status="alive")


@router.get("/readyz", responses=documented(503), summary="Can it answer questions?")
def ready(service: Annotated[Service, Depends(service)]) -> HealthReply:
    """Say that questions are answered, or why not."""
    if reason := service.ready():
        raise HoneError(reason, hint="Run: hone documents sync")
    return HealthReply(status="ready")
