"""`/api/documents`: a document with its text, and the stretch of it that was cited."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.errors import refusals
from api.identity import asker, service
from api.replies import DocumentReply, PassageReply, ViewReply
from hone.records import Asker
from service.documents import document_of
from service.service import Service

router = APIRouter(tags=["documents"])

Offset = Annotated[int | None, Query(ge=0, le=1 << 40, description="With the other one: return this stretch as well.")]


@router.get("/api/documents/{id:path}", responses=refusals(404), summary="Read a document")
def document(
    id: str,  # noqa: A002  # the name of the path's parameter
    asker: Annotated[Asker, Depends(asker)],
    service: Annotated[Service, Depends(service)],
    start: Offset = None,
    end: Offset = None,
) -> DocumentReply:
    """Read a document's text and where its passages are. One that you can't access is 404."""
    found, library = document_of(service.library, id, asker), service.library
    view = None if start is None or end is None else service.view(found.id, asker, start, end)
    return DocumentReply(
        id=found.id,
        source=found.source,
        path=found.path,
        title=found.title,
        kind=found.kind,
        url=found.url,
        modified=found.modified,
        text=library.text(found.id),
        passages=[
            PassageReply(
                id=passage.id,
                heading=list(passage.heading),
                offsets=[passage.start, passage.end],
                page=passage.page,
            )
            for passage in library.passages(found.id)
        ],
        view=ViewReply.model_validate(view) if view else None,
    )
