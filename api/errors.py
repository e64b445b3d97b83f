"""How the API says no: one form for Hone's own endpoints, the OpenAI protocol's for its own, never a traceback."""

import logging
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hone.errors import HoneError, UsageError
from service.refusals import MissingError, TooManyError, UnknownAskerError

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
