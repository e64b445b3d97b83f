"""LangChain's chat models as one stream of pieces: the one file that knows langchain and openai."""

import importlib
import json
import logging
import math
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
import langsmith
import openai
from langchain_core import exceptions as core
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from agents.llm.requests import ChatError, FailureKind, LlmFailure, ReplyPiece, Request
from agents.sanitise import strip_invisible
from hone.errors import UsageError, masked
from hone.settings import LlmSettings

log = logging.getLogger(__name__)

MOST_SAID = 300  # characters of a server's message that are worth showing
UNREADABLE = (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, AttributeError, IndexError, ValueError)

# As llama.cpp, vLLM, Ollama and others word it; langchain knows OpenAI's wording alone.
TOO_LARGE = re.compile(
    r"exceed_context_size|context (?:length|window|size)|prompt is too long|too many tokens",
    re.IGNORECASE,
)

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
    if kind == "rejected" and TOO_LARGE.search(str(error)):
        kind = "too_large"
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


OPENAI = "openai"
HOSTED = "api.openai.com"  # it alone refuses the older name of a parameter, and some of its models a temperature
MOST_BYTES = 16_000_000  # of one response: a reply is kilobytes, and an endless line must not fill memory first
RIVALS = 20  # tokens whose probability is told; OpenAI and vLLM tell no more
NO_KEY = "none"  # local servers want no key, and the client library wants one
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
MESSAGES: dict[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}


class Chat:
    """One chat model, bound to the event loop that first uses it."""

    def __init__(self, settings: LlmSettings) -> None:
        langsmith.configure(enabled=False)  # else a variable in the environment sends prompts to a third party
        self.speaks_openai = settings.provider == OPENAI
        self._settings = settings
        self._http: httpx2.AsyncClient | None = None
        self._model = self._open_openai() if self.speaks_openai else _open_other(settings)

    async def pieces(self, request: Request) -> AsyncGenerator[ReplyPiece]:
        """Stream a reply; whatever goes wrong is raised as `ChatError`."""
        some = False
        try:
            async with aclosing(self._stream(request)) as chunks:
                async for chunk in chunks:
                    yield _piece(chunk)
                    some = True
        except Exception as error:  # providers raise what they like; all of it has to become an outcome
            raise translated(error, began=some, secret=self._settings.api_key) from error

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()

    def _stream(self, request: Request) -> AsyncGenerator[AIMessageChunk]:
        messages = [MESSAGES[message.role](message.text) for message in request.messages]
        extra = dict(self._extra_body(1 if request.one_token else request.most_tokens))
        model: Any = self._model
        if request.shape is not None and request.mode == "function_calling":
            model = self._model.bind_tools([_tool(request.shape)], tool_choice=request.shape.__name__)
        if request.shape is not None and request.mode == "json_schema":
            # As part of the body and not as `response_format`, with which langchain parses and raises in our place.
            extra["response_format"] = {"type": "json_schema", "json_schema": _strict(request.shape)}
        given: dict[str, Any] = {"extra_body": extra} if extra else {}
        if request.one_token and not self.speaks_openai:
            raise ChatError(LlmFailure(kind="rejected", what="its protocol doesn't say how probable a token is"))
        if request.one_token:
            given |= {"logprobs": True, "top_logprobs": RIVALS}
            given |= {"max_completion_tokens": 1} if self._hosted else {}
        return model.astream(messages, **given)

    def _extra_body(self, most: int) -> dict[str, Any]:
        """Name the limit as servers other than OpenAI's know it; langchain sends the newer name only."""
        return {} if self._hosted or not self.speaks_openai else {"max_tokens": most or self._settings.max_tokens}

    @property
    def _hosted(self) -> bool:
        return not self._settings.base_url or urlsplit(self._settings.base_url).hostname == HOSTED

    def _open_openai(self) -> BaseChatModel:
        settings, address = self._settings, urlsplit(self._settings.base_url or f"https://{HOSTED}/v1")
        local, encrypted = address.hostname in LOOPBACK, address.scheme == "https"

        async def key() -> str:  # being async, it keeps langchain from opening a synchronous client as well
            return settings.api_key.get_secret_value() if settings.api_key else NO_KEY

        self._http = _Bounded(follow_redirects=False, trust_env=not local, verify=encrypted, timeout=settings.timeout)
        return ChatOpenAI(
            model=settings.model,
            base_url=address.geturl(),
            api_key=key,
            max_retries=0,
            timeout=settings.timeout,
            temperature=None if self._hosted else 0.0,
            max_completion_tokens=settings.max_tokens if self._hosted else None,
            stream_usage=self._hosted,  # some servers refuse the option; tokens are estimated there
            stream_chunk_timeout=None,  # the client has a deadline of its own
            use_responses_api=False,
            http_async_client=self._http,
        )


class _Bounded(openai.DefaultAsyncHttpxClient):
    """An HTTP client whose responses end: no time limit stops memory from filling within it."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        response = await super().send(request, **options)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _BoundedStream(response.stream)
        return response


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for part in self._stream:
            seen += len(part)
            if seen > MOST_BYTES:
                raise ChatError(LlmFailure(kind="too_long", what=f"the response was longer than {MOST_BYTES:,} bytes"))
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


def _open_other(settings: LlmSettings) -> BaseChatModel:
    try:
        init: Any = importlib.import_module("langchain.chat_models").init_chat_model
        optional = {"base_url": settings.base_url or None, "api_key": settings.api_key}
        given = {name: value for name, value in optional.items() if value}
        return init(
            settings.model,
            model_provider=settings.provider,
            max_tokens=settings.max_tokens,
            timeout=settings.timeout,
            max_retries=0,
            **given,
        )
    except ImportError as error:
        raise UsageError(
            f"The LLM provider {settings.provider!r} is not installed: {error}.",
            hint=f'pip install "hone[llms]" langchain-{settings.provider.replace("_", "-")}, '
            f'or use an OpenAI-compatible endpoint (provider = "{OPENAI}").',
        ) from error
    except ValueError as error:
        raise UsageError(
            f"The LLM provider {settings.provider!r} can't be opened: {error}.",
            hint='provider = "openai" serves any OpenAI-compatible endpoint; see init_chat_model for others.',
        ) from error


def _piece(chunk: AIMessageChunk) -> ReplyPiece:
    calls = chunk.tool_call_chunks
    usage = chunk.usage_metadata
    said = chunk.response_metadata
    return ReplyPiece(
        text=str(chunk.text),
        tool="".join(call["name"] or "" for call in calls),
        arguments="".join(call["args"] or "" for call in calls),
        finish=str(said.get("finish_reason") or said.get("stop_reason") or ""),
        tokens=usage["total_tokens"] if usage else 0,
        chances=_chances(said.get("logprobs")),
    )


def _chances(logprobs: dict[str, Any] | None) -> dict[str, float]:
    """Read how probable each token was that could have come first; spaces around it say nothing."""
    content: list[Any] = (logprobs or {}).get("content") or []
    rivals: list[Any] = content[0].get("top_logprobs") or [] if content else []
    found: dict[str, float] = {}
    for rival in rivals:
        token = str(rival["token"]).strip()
        found[token] = found.get(token, 0.0) + math.exp(min(0.0, float(rival["logprob"])))
    return found


def _strict(shape: type[BaseModel]) -> dict[str, Any]:
    return {"name": shape.__name__, "strict": True, "schema": schema_of(shape)}


def _tool(shape: type[BaseModel]) -> dict[str, Any]:
    function = {"name": shape.__name__, "description": shape.__doc__ or "", "parameters": schema_of(shape)}
    return {"type": "function", "function": function}


def schema_of(shape: type[BaseModel]) -> dict[str, Any]:
    """Write a shape's JSON schema as constrained decoding wants it: closed, every field required, parts likewise."""
    schema = shape.model_json_schema()
    parts: dict[str, dict[str, Any]] = schema.get("$defs", {})
    named = {"$defs": {name: _closed(part) for name, part in parts.items()}} if parts else {}
    return {**_closed(schema), **named}


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    if "properties" not in schema:  # a part that is a choice of words
        return schema
    fields: dict[str, dict[str, Any]] = schema["properties"]
    plain = {
        name: {key: value for key, value in field.items() if key not in {"default", "title"}}
        for name, field in fields.items()
    }
    return {"type": "object", "properties": plain, "required": list(plain), "additionalProperties": False}
