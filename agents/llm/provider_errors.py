"""From what providers raise to what we say: one table."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai
from langchain_core import exceptions as core
from pydantic import SecretStr

from agents.invisible import readable
from agents.llm.failures import ChatError, FailureKind, LlmFailure

MOST_SAID = 300  # characters of a server's message that are worth showing
UNREADABLE = (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, AttributeError, IndexError, ValueError)

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
    """Say in our words what a provider's exception means; `began` tells that part of a reply had come."""
    if ours := _ours(error):
        return ours
    kind = _kind(error)
    if kind == "unreachable" and began:
        kind = "cut_off"
    if not began and isinstance(error, ValueError) and "No generation chunks" in str(error):
        return ChatError(LlmFailure(kind="empty", what="the endpoint's reply held nothing at all"))
    return ChatError(LlmFailure(kind=kind, what=_said(error, secret)), retry_after=_retry_after(error))


def _kind(error: Exception) -> FailureKind:
    for types, kind in KINDS:
        if isinstance(error, types):
            return kind
    return "unexpected"


def _ours(error: BaseException | None) -> ChatError | None:
    """Find our own exception where a library has wrapped it in one of its own."""
    while error is not None:
        if isinstance(error, ChatError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _said(error: Exception, secret: SecretStr | None) -> str:
    status = getattr(error, "status_code", None)
    cause = _root(error) if isinstance(error, openai.APIConnectionError) else error
    message = str(getattr(cause, "message", "") or cause or type(cause).__name__)
    if secret is not None and secret.get_secret_value():
        message = message.replace(secret.get_secret_value(), "…")
    words = " ".join(readable(message).split())[:MOST_SAID]
    return words if status else f"{type(cause).__name__}: {words}"


def _root(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


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
