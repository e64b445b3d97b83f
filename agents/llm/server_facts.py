"""What a server says about itself besides the OpenAI protocol: how large its context is, and how it counts tokens."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2

from hone.settings import LlmSettings

log = logging.getLogger(__name__)

SECONDS = 5.0
LARGEST = 1_000_000  # bytes of a reply that are read
# llama.cpp's and vLLM's, LM Studio's and others', in a model's card.
CARD = (("meta", "n_ctx"), ("max_model_len",), ("context_length",), ("loaded_context_length",), ("max_context_length",))
PROPS = (("default_generation_settings", "n_ctx"), ("n_ctx",))


async def context_of(settings: LlmSettings) -> int | None:
    """Ask a server how many tokens prompt and reply may have together; none where it does not say."""
    if settings.provider != "openai" or not settings.base_url:
        return None
    base = settings.base_url.rstrip("/")
    root = base.removesuffix("/v1")
    async with _client(settings) as client:
        models = await _get(client, f"{base}/models")
        for card in _cards(models, settings.model):
            if found := _number(card, CARD):
                return found
        running = await _get(client, f"{root}/api/ps")  # Ollama
        for card in _list(running, "models"):
            if card.get("name") == settings.model and (found := _number(card, CARD)):
                return found
        return _number(await _get(client, f"{root}/props"), PROPS)


async def count_tokens(text: str, settings: LlmSettings) -> int | None:
    """Let a server count a text's tokens: llama.cpp and vLLM do, each in its own words."""
    if settings.provider != "openai" or not settings.base_url:
        return None
    root = settings.base_url.rstrip("/").removesuffix("/v1")
    body = {"content": text, "prompt": text, "model": settings.model}
    async with _client(settings) as client:
        reply = await _json(client.post(f"{root}/tokenize", json=body))
    count, tokens = reply.get("count"), reply.get("tokens")
    if isinstance(count, int):
        return count
    return len(cast(list[Any], tokens)) if isinstance(tokens, list) and tokens else None


def _client(settings: LlmSettings) -> httpx2.AsyncClient:
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    local = urlsplit(settings.base_url).hostname in {"127.0.0.1", "localhost", "::1"}
    return httpx2.AsyncClient(headers=headers, timeout=SECONDS, follow_redirects=False, trust_env=not local)


async def _get(client: httpx2.AsyncClient, url: str) -> Mapping[str, Any]:
    return await _json(client.get(url))


async def _json(asking: Any) -> Mapping[str, Any]:
    """Read an object; a server that has none, or no such address, says nothing."""
    with suppress(httpx2.HTTPError, ValueError, UnicodeDecodeError):
        reply: httpx2.Response = await asking
        if reply.status_code == 200 and len(reply.content) <= LARGEST:
            found: Any = reply.json()
            return cast(Mapping[str, Any], found) if isinstance(found, dict) else {}
    return {}


def _cards(models: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the model's own card, or the only one there is."""
    cards = _list(models, "data")
    own = [card for card in cards if card.get("id") == name]
    yield from own or (cards if len(cards) == 1 else [])


def _list(reply: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found: Any = reply.get(name)
    return (
        [cast(Mapping[str, Any], one) for one in cast(list[Any], found) if isinstance(one, dict)]
        if isinstance(found, list)
        else []
    )


def _number(card: Mapping[str, Any], paths: tuple[tuple[str, ...], ...]) -> int | None:
    for path in paths:
        found: Any = card
        for part in path:
            found = cast(Mapping[str, Any], found).get(part) if isinstance(found, dict) else None
        if isinstance(found, int) and not isinstance(found, bool) and found > 0:
            return found
    return None
