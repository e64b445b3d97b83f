"""The Model Context Protocol, as the official client speaks it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, ListToolsResult

from tests.api.conftest import Served

Got = TypeVar("Got")


def with_client(served: Served, person: str, use: Callable[[Client], Awaitable[Got]], mode: str = "auto") -> Got:
    async def run() -> Got:
        headers = {"Authorization": f"Bearer {served.token(person)}"} if person else {}
        async with httpx2.AsyncClient(headers=headers) as http:
            transport = streamable_http_client(f"{served.url}/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                return await use(client)

    return asyncio.run(run())


def call(served: Served, person: str, tool: str, **arguments: Any) -> CallToolResult:
    return with_client(served, person, lambda client: client.call_tool(tool, arguments))


def structured(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result
    assert result.structured_content is not None
    return result.structured_content


def test_both_tools_only_read(sample: Served) -> None:
    async def use(client: Client) -> tuple[ListToolsResult, str]:
        return await client.list_tools(), client.protocol_version

    listed, protocol = with_client(sample, "nadia", use)
    assert protocol == "2026-07-28"
    assert {tool.name for tool in listed.tools} == {"search", "fetch"}
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed.tools)
    properties = {tool.name: set(tool.input_schema["properties"]) for tool in listed.tools}
    assert properties == {"search": {"query", "limit"}, "fetch": {"id"}}


def test_what_is_found_can_be_fetched(sample: Served) -> None:
    results = structured(call(sample, "nadia", "search", query="vpn keeps dropping", limit=3))["results"]
    assert len({result["id"] for result in results}) == len(results) == 3
    fetched = structured(call(sample, "nadia", "fetch", id=results[0]["id"]))
    assert results[0]["text"] in fetched["text"]
    assert set(fetched) == {"id", "title", "text", "url", "metadata"}
    assert fetched["metadata"]["source"] == "handbook"


def test_an_older_client_is_served_too(sample: Served) -> None:
    listed = with_client(sample, "nadia", lambda client: client.list_tools(), mode="legacy")
    assert len(listed.tools) == 2


def test_what_is_forbidden_is_missing(sample: Served) -> None:
    found = structured(call(sample, "ingrid", "search", query="salary bands", limit=50))["results"]
    secret = next(result["id"] for result in found if result["id"].startswith("hr/"))
    assert structured(call(sample, "ingrid", "fetch", id=secret))["id"] == secret
    assert secret not in str(call(sample, "nadia", "search", query="salary bands", limit=50))
    forbidden, missing = call(sample, "nadia", "fetch", id=secret), call(sample, "nadia", "fetch", id="hr/none.md")
    assert forbidden.is_error
    assert str(forbidden).replace(secret, "*") == str(missing).replace("hr/none.md", "*")


def test_arguments_out_of_bounds_are_an_error_of_the_tool(sample: Served) -> None:
    assert call(sample, "nadia", "search", query="vpn", limit=1000).is_error
    assert call(sample, "nadia", "search", query="   ").is_error


def test_without_a_token_nothing_is_told(sample: Served) -> None:
    reply = httpx2.post(f"{sample.url}/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, 'Bearer realm="hone"')
    assert set(reply.json()["error"]) == {"message", "hint", "reference"}
    with pytest.raises((MCPError, ExceptionGroup)):
        with_client(sample, "", lambda client: client.list_tools())
    assert httpx2.get(f"{sample.url}/mcp").status_code == 405
