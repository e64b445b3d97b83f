"""`/api/search`: the search of the command line over HTTP, in the name of whose token it is."""

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.errors import refusals
from api.identity import asker, service
from api.replies import SearchReply, WhyReply
from hone.records import Asker, Filters
from retriever.searching.explain import explain
from retriever.searching.searcher import LONGEST_QUERY, Question
from retriever.searching.to_json import explanation_json, result_json
from service.documents import document_of
from service.service import Service

router = APIRouter(tags=["search"])

MOST_HITS = 100
LONGEST_NAME = 1000

Words = Annotated[str, Query(min_length=1, max_length=LONGEST_QUERY, examples=["vpn keeps dropping"])]
Names = Annotated[list[str], Query(max_length=50, description="Can be repeated.")]


def narrowed(
    source: Names = [],  # noqa: B006  # FastAPI copies it
    kind: Names = [],  # noqa: B006
    path: Annotated[str, Query(max_length=LONGEST_NAME, description="A folder, or a document's whole path.")] = "",
    since: Annotated[date | None, Query(description="Modified on this day or later.")] = None,
    until: Annotated[date | None, Query(description="Modified on this day or earlier.")] = None,
) -> Filters:
    """Read how a search is narrowed; until a day means to its end."""
    return Filters(
        sources=frozenset(source),
        kinds=frozenset(kind),
        path=path,
        since=datetime.combine(since, time.min, UTC) if since else None,
        until=datetime.combine(until, time.max, UTC) if until else None,
    )


@router.get("/api/search", responses={200: {"model": SearchReply}, **refusals(400)}, summary="Search")
def search(
    q: Words,
    asker: Annotated[Asker, Depends(asker)],
    service: Annotated[Service, Depends(service)],
    filters: Annotated[Filters, Depends(narrowed)],
    k: Annotated[int | None, Query(ge=1, le=MOST_HITS, description="How many results to return.")] = None,
) -> Response:
    """Find passages that you can access, best first: the JSON of `hone search --json`."""
    result = service.searcher.search(Question(text=q, asker=asker, filters=filters, hits=k, listed=True))
    return _json(result_json(result))


@router.get(
    "/api/search/why",
    responses={200: {"model": WhyReply}, **refusals(400, 404)},
    summary="Explain why a document was found or not",
)
def why(
    q: Words,
    document: Annotated[str, Query(min_length=1, max_length=LONGEST_NAME, description="A document's id.")],
    asker: Annotated[Asker, Depends(asker)],
    service: Annotated[Service, Depends(service)],
    filters: Annotated[Filters, Depends(narrowed)],
) -> Response:
    """Explain why a document that you can access is or isn't among the results."""
    known = document_of(service.library, document, asker)
    explanation = explain(service.searcher, Question(text=q, asker=asker, filters=filters), known.id)
    if explanation.outcome in ("not permitted", "unknown", "refused"):  # closed or deleted since the line above
        document_of(service.library, document, asker)
    return _json(explanation_json(explanation))


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")
