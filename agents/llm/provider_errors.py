"""From what providers raise to what we say: one table."""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai
from langchain_core import exceptions as core
from pydantic import SecretStr

from agents.invisible import strip_invisible
from agents.llm.requests import ChatError, FailureKind, LlmFailure
from hone.errors import masked

log = logging.getLogger(__name__)

MOST_SAID = 300  # characters of a server's message that are worth showing
UNREADABLE = (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, AttributeError, IndexError, ValueError)

OURS: Mapping[FailureKind, str] = {
    "timeout": "the LLM took too long",
    "unreachable": "the LLM can't be reached",
    "cut_off": "the connection to the LLM broke in the middle of its reply",
    "malformed": "the LLM's reply can't be read",
    "unexpected": "something unexpected went wrong; Hone's log has the details",
}

KINDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], FailureKind], ...] = (  # the first that fits
    (core.ContextOverflowError, "too_large"),
    ((core.ModelAuthenticationError, core.ModelPermissionDeniedError), "unauthorised"),
    (core.ModelNotFoundError, "no_model"),
    (core.ModelInvalidRequestError, "rejected"),
    (core.ModelRateLimitError, "rate_limited"),
    (core.ModelAPIError, "server_error"),
    ((core.ModelTimeoutError, TimeoutError), "timeout"),
    (core.ModelConnectionError, "unreachable"),
    (httpx2.TimeoutException, "timeout"),  # not every version of openai wraps what breaks in the middle of a stream
    (httpx2.TransportError, "unreachable"),
    (openai.APIStatusError, "rejected"),
    (openai.APIError, "server_error"),  # an error event in the middle of a stream
    (UNREADABLE, "malformed"),
)


def translated(error: Exception, *, began: bool, secret: SecretStr | None) -> ChatError:
    """Describe a provider's exception in our words; `began` says that part of a reply had arrived."""
    if ours := _ours(error):
        return ours
    kind = _kind(error)
    if kind == "unreachable" and began:
        kind = "cut_off"
    if not began and isinstance(error, ValueError) and "No generation chunks" in str(error):
        return ChatError(LlmFailure(kind="empty", what="the endpoint's reply was empty"))
    return ChatError(LlmFailure(kind=kind, what=_said(error, kind, secret)), retry_after=_retry_after(error))


def _kind(error: Exception) -> FailureKind:
    for types, kind in KINDS:
        if isinstance(error, types):
            return kind
    return "unexpected"


def _ours(error: BaseException | None) -> ChatError | None:
    """Find our own exception where a library has wrapped it in one of its own."""
    return next((one for one in _chain(error) if isinstance(one, ChatError)), None)


def _said(error: Exception, kind: FailureKind, secret: SecretStr | None) -> str:
    """Repeat what the endpoint itself said, and say in our words what a library did."""
    cause = [*_chain(error)][-1] if kind in OURS else error
    message = str(getattr(cause, "message", "") or cause)
    if secret is not None and secret.get_secret_value():
        message = message.replace(secret.get_secret_value(), "…")
    words = masked(" ".join(strip_invisible(message).split())[:MOST_SAID])
    if kind not in OURS:
        return words or "the endpoint doesn't say why"
    log.warning("the LLM didn't reply (%s): %s: %s", kind, type(cause).__name__, words)
    whys = [os.strerror(one.errno).lower() for one in _chain(error) if isinstance(one, OSError) and one.errno]
    return OURS[kind] + (f" ({whys[-1]})" if whys else "")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Follow an error to what caused it, the deepest last."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _retry_after(error: Exception) -> float | None:
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
    value: Any = headers.get("retry-after")
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        return _seconds_until(value)


def _seconds_until(date: str) -> float | None:
    try:
        return max(0.0, (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
