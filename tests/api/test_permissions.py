"""What a person may not see is answered, to the byte, as what does not exist."""

import asyncio
import re
from typing import Any

import httpx2
import pytest

from tests.api.conftest import STRANGERS, Served, marker
from tests.api.listening import heard

ABSENT = "hr/nothing-of-this-name.md"


@pytest.fixture(scope="module")
def theirs(ingrid: httpx2.Client) -> dict[str, str]:
    """Names of things that are ingrid's alone."""
    found = ingrid.get("/api/search", params={"q": "salary bands", "source": "hr"}).json()
    reply = ingrid.post("/api/ask", json={"question": "What are the salary bands?"})
    run = next(heard(reply.text.split("\n"))).data
    body = {"action": "relevant", "search_id": found["search_id"], "object_id": found["hits"][0]["passage"]}
    return {
        "document": found["hits"][0]["document"],
        "search": found["search_id"],
        "event": ingrid.post("/api/feedback", json=body).json()["event_id"],
        "run": run["run"],
        "thread": run["thread"],
    }


REQUESTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("document", "GET", "/api/documents/{}", {}),
    ("document", "GET", "/api/documents/{}?start=0&end=10", {}),
    ("document", "GET", "/api/search/why?q=salary&document={}", {}),
    ("run", "GET", "/api/ask/{}/events", {}),
    ("run", "DELETE", "/api/ask/{}", {}),
    ("thread", "GET", "/api/threads/{}", {}),
    ("thread", "DELETE", "/api/threads/{}", {}),
    ("thread", "POST", "/api/ask", {"question": "And then?", "thread": "{}"}),
    ("search", "POST", "/api/feedback", {"action": "thumb_up", "search_id": "{}"}),
    ("event", "DELETE", "/api/feedback/{}", {}),
)


@pytest.mark.parametrize(("thing", "method", "path", "body"), REQUESTS, ids=lambda value: str(value))
def test_forbidden_is_missing(
    nadia: httpx2.Client, ingrid: httpx2.Client, theirs: dict[str, str], thing: str, method: str, path: str, body: Any
) -> None:
    name, absent = theirs[thing], ABSENT if thing == "document" else "0" * len(theirs[thing])

    def ask(client: httpx2.Client, name: str) -> tuple[int, list[tuple[str, str]], str]:
        filled = {key: value.replace("{}", name) for key, value in body.items()}
        reply = client.request(method, path.replace("{}", name), json=filled or None)
        text = re.sub(r'"reference":"\w{8}"', '"reference":"*"', reply.text.replace(name, "*"))
        headers = [(key, value) for key, value in reply.headers.items() if key not in ("date", "content-length")]
        return reply.status_code, headers, text

    refused = ask(nadia, name)
    assert refused == ask(nadia, absent)
    assert refused[0] == 404
    if method == "GET":
        assert ask(ingrid, name)[0] == 200, "it is there for whom it belongs to"


def test_what_is_listed_and_found_is_ones_own(nadia: httpx2.Client, theirs: dict[str, str]) -> None:
    query = {"q": "salary bands", "k": 100}
    found = nadia.get("/api/search", params=query).json()
    assert {hit["source"] for hit in found["hits"]} == {"handbook"}
    narrowed, absent = (nadia.get("/api/search", params={**query, "source": name}).json() for name in ("hr", "none"))
    assert narrowed["hits"] == absent["hits"] == []
    assert theirs["thread"] not in nadia.get("/api/threads").text
    said = nadia.post("/api/ask", json={"question": "What are the salary bands?"}).text
    assert theirs["document"] not in said
    chat = nadia.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "salary bands?"}]}).text
    assert theirs["document"] not in chat


def test_fifty_people_ask_at_once_and_see_only_their_own(sample: Served) -> None:
    body = {"question": "What is the code of the locker in the cellar?"}

    async def ask(number: int) -> str:
        headers = {"Authorization": f"Bearer {sample.token(f'stranger{number}')}"}
        async with httpx2.AsyncClient(base_url=sample.url, headers=headers, timeout=60) as client:
            return (await client.post("/api/ask", json=body)).text

    async def everybody() -> list[str]:
        return await asyncio.gather(*(ask(number) for number in range(STRANGERS)))

    told = asyncio.run(everybody())
    for number, text in enumerate(told):
        assert list(heard(text.split("\n")))[-1].kind == "answered"
        assert set(re.findall(r"MARK\d\d[XYZ]", text)) == {marker(number)}
