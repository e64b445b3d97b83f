"""How the API says no: one form for its own endpoints, the OpenAI protocol's for its own, never a traceback."""

import logging
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hone.errors import HoneError, MissingError, TooManyError, UnknownAskerError, UsageError
from retriever.indexing.keeping import NOT_INDEXED

log = logging.getLogger(__name__)

TOO_LARGE, UNPROCESSABLE, FAILED, UNAVAILABLE = 413, 422, 500, 503
LARGEST_BODY = 1_000_000  # bytes; the longest thing that anybody sends is a conversation
STATUSES: tuple[tuple[type[HoneError], int], ...] = (  # the first that fits
    (UnknownAskerError, 401),
    (MissingError, 404),
    (TooManyError, 429),
    (UsageError, 400),
    (HoneError, UNAVAILABLE),
)
OPENAI_TYPES = {401: "authentication_error", 429: "rate_limit_error", 500: "server_error", 503: "server_error"}
OPENAI_CODES = {401: "invalid_api_key", 404: "not_found", 429: "rate_limit_exceeded"}
OPENAI = "/v1/"
MOST_PROBLEMS = 5  # named of one request
SCHEMAS = "#/components/schemas/"
EXAMPLES = {
    400: ("The question is empty.", "Ask something."),
    401: (
        "You are not signed in.",
        "Send the header Authorization: Bearer TOKEN. Your admin makes one: hone tokens create PERSON",
    ),
    404: ("There is no document 'wiki/vpn.md'.", "It may have been moved, renamed or deleted."),
    413: ("Content Too Large.", "See /docs."),
    422: ("k: Input should be less than or equal to 100.", "See /openapi.json for what each endpoint takes."),
    429: ("You have sent too many requests.", "Try again in 3 s."),
    500: ("Something went wrong on the server.", "Try again. If it happens again, give your admin the reference."),
    503: (NOT_INDEXED, "Run: hone documents sync"),
}
MEANINGS = {
    400: "The request isn't valid; the message says why.",
    401: "The token is missing, unknown, expired or revoked.",
    404: "It doesn't exist, or you can't access it. The reply is the same for both.",
    413: "The request is larger than a megabyte.",
    422: "A parameter or a field is missing, unknown or out of range.",
    429: "You sent too many requests. `Retry-After` says in how many seconds to try again.",
    500: "Something went wrong in Hone. The server's log has the details under the reference.",
    503: "Hone can't answer at the moment.",
}
ALWAYS = (401, 422, 429, 500, 503)  # any endpoint that needs a token may say these
REFERENCE = "1f0c2d3e"
Documented = dict[int | str, dict[str, Any]]
AFTER = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A status with its words."""

    status: int
    message: str
    hint: str = ""
    headers: dict[str, str] | None = None


def refusal_of(error: Exception) -> Refusal:
    """Turn an error into its status, message and hint over HTTP."""
    if isinstance(error, HoneError):
        status = next(status for kind, status in STATUSES if isinstance(error, kind))
        return Refusal(status=status, message=error.message, hint=error.hint, headers=_headers(error))
    if isinstance(error, RequestValidationError):
        return Refusal(
            status=UNPROCESSABLE, message=_problems(error), hint="See /openapi.json for what each endpoint takes."
        )
    if isinstance(error, HTTPException):
        headers = dict(error.headers) if error.headers else None
        return Refusal(status=error.status_code, message=f"{error.detail}.", hint="See /docs.", headers=headers)
    return Refusal(
        status=FAILED,
        message="Something went wrong on the server.",
        hint="Try again. If it happens again, give your admin the reference.",
    )


def reply(caller: HTTPConnection, error: Exception) -> JSONResponse:
    """Answer with an error and log it under the same reference."""
    refusal, reference = refusal_of(error), uuid.uuid4().hex[:8]
    place = f"{caller.scope.get('method', '')} {caller.url.path!r}"
    if refusal.status >= FAILED:
        log.error("%s failed, reference %s", place, reference, exc_info=error)
    else:
        log.info("%s refused with %d, reference %s: %s", place, refusal.status, reference, refusal.message)
    said = openai_error if caller.url.path.startswith(OPENAI) else _own
    return JSONResponse(said(refusal, reference), refusal.status, headers=refusal.headers)


def openai_error(refusal: Refusal, reference: str = "") -> dict[str, Any]:
    """Say no as the OpenAI protocol does."""
    return {
        "error": {
            "message": " ".join(filter(None, (refusal.message, refusal.hint))),
            "type": OPENAI_TYPES.get(refusal.status, "invalid_request_error"),
            "param": None,
            "code": OPENAI_CODES.get(refusal.status),
            "reference": reference,
        }
    }


async def handle(request: Request, error: Exception) -> JSONResponse:
    """Answer an error that an endpoint raised."""
    return reply(request, error)


class Caught:
    """Refuses what is too early or too long, and answers what nothing else did: no error is left to the server."""

    def __init__(self, app: ASGIApp, too_early: Callable[[HTTPConnection], TooManyError | None]) -> None:
        self._app, self._too_early = app, too_early

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        came, said = 0, ""

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > LARGEST_BODY:
                raise HTTPException(TOO_LARGE)
            return message

        async def watched(message: Message) -> None:
            nonlocal said
            whole = message["type"] == "http.response.body" and not message.get("more_body")
            said = "all" if whole else "some"
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            if (refused := self._too_early(HTTPConnection(scope))) is not None:
                raise refused
            if int(Headers(scope=scope).get("content-length", 0)) > LARGEST_BODY:
                raise HTTPException(TOO_LARGE)
            await self._app(scope, counted, watched)
        except ClientDisconnect:
            log.debug("the client for %s disconnected before its request was complete", scope["path"])
        except Exception as error:
            if not said:
                await reply(HTTPConnection(scope), error)(scope, receive, send)
            elif said == "some":  # the server closes the socket, so the client knows that something is missing
                log.exception("a reply to %s was cut off", scope["path"])


def _own(refusal: Refusal, reference: str) -> dict[str, Any]:
    return {"error": {"message": refusal.message, "hint": refusal.hint, "reference": reference}}


def _headers(error: HoneError) -> dict[str, str] | None:
    if isinstance(error, TooManyError):
        return {"Retry-After": str(max(1, math.ceil(error.retry_after)))}
    return {"WWW-Authenticate": 'Bearer realm="hone"'} if isinstance(error, UnknownAskerError) else None


def _problems(error: RequestValidationError) -> str:
    """Name what is wrong with a request, without repeating what it says."""
    found = [f"{'.'.join(map(str, item['loc'][1:])) or 'body'}: {item['msg']}" for item in error.errors()]
    return "; ".join(found[:MOST_PROBLEMS]) + "."


class ErrorBody(BaseModel):
    """What happened, and how to fix it."""

    model_config = ConfigDict(extra="forbid")

    message: str
    hint: str
    reference: str = Field(description="Find it in the server's log by this.")


class ErrorReply(BaseModel):
    """Every reply that says no."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorBody


class OpenaiErrorBody(BaseModel):
    """What happened, as clients of the OpenAI protocol expect it."""

    model_config = ConfigDict(extra="forbid")

    message: str
    type: str
    param: str | None = None
    code: str | None = None
    reference: str


class OpenaiErrorReply(BaseModel):
    """Every reply under `/v1` that says no."""

    model_config = ConfigDict(extra="forbid")

    error: OpenaiErrorBody


FORMS: dict[str, Any] = models_json_schema(
    [(ErrorReply, "serialization"), (OpenaiErrorReply, "serialization")], ref_template=SCHEMAS + "{model}"
)[1]["$defs"]


def refusals(*statuses: int) -> Documented:
    """Document how an endpoint says no, besides what all of them do."""
    return documented(*statuses, *ALWAYS)


def documented(*statuses: int) -> Documented:
    """Document exactly these."""
    return {status: _refused(status) for status in sorted(set(statuses))}


def openai_refusals(*statuses: int) -> Documented:
    """Document how an endpoint of the OpenAI protocol says no."""
    return {
        status: _documented(
            status,
            OpenaiErrorReply,
            openai_error(Refusal(status=status, message=EXAMPLES[status][0], hint=EXAMPLES[status][1]), REFERENCE),
        )
        for status in sorted({*statuses, *ALWAYS})
    }


def _refused(status: int) -> dict[str, Any]:
    message, hint = EXAMPLES[status]
    return _documented(status, ErrorReply, {"error": {"message": message, "hint": hint, "reference": REFERENCE}})


def _documented(status: int, form: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    documented_reply: dict[str, Any] = {
        "description": MEANINGS[status],
        "content": {"application/json": {"schema": {"$ref": f"{SCHEMAS}{form.__name__}"}, "example": example}},
    }
    return documented_reply | ({"headers": AFTER} if status == 429 else {})
