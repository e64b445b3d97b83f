"""`/api/search` gives what the command line gives, narrowed as there."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.replies import SearchReply, WhyReply

HONE = Path(sys.executable).parent / "hone"


def hits(client: httpx2.Client, **query: Any) -> list[dict[str, Any]]:
    reply = client.get("/api/search", params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()["hits"]


def test_it_is_the_json_of_the_command_line(nadia: httpx2.Client, sample_home: Path) -> None:
    query = "why does the vpn keep dropping"
    told = subprocess.run(
        [HONE, "--home", sample_home, "search", query, "--as", "nadia", "--json"], capture_output=True, check=True
    ).stdout
    there = nadia.get("/api/search", params={"q": query})
    here, there_too = json.loads(told), there.json()
    assert list(here) == list(there_too)
    for name in ("search_id", "took_ms"):
        assert here.pop(name) != there_too.pop(name)
    assert here == there_too
    assert there.headers["content-type"] == "application/json"
    SearchReply.model_validate_json(there.content)


def test_it_is_narrowed_by_source_kind_path_and_day(nadia: httpx2.Client) -> None:
    every = hits(nadia, q="vacation days laptop vpn", k=50)
    assert len(every) > 20
    assert {hit["kind"] for hit in hits(nadia, q="vacation days", kind=["pdf", "md"])} <= {"pdf", "md"}
    assert {hit["path"].split("/")[0] for hit in hits(nadia, q="vacation days", path="it")} == {"it"}
    assert hits(nadia, q="vacation days", source="hr") == []
    day = sorted(hit["modified"][:10] for hit in every)[len(every) // 2]
    since = {hit["modified"][:10] for hit in hits(nadia, q="vacation days laptop vpn", k=50, since=day)}
    until = {hit["modified"][:10] for hit in hits(nadia, q="vacation days laptop vpn", k=50, until=day)}
    assert min(since) == max(until) == day


@pytest.mark.parametrize(
    "query",
    [{}, {"q": ""}, {"q": "a" * 4001}, {"q": "vpn", "k": 0}, {"q": "vpn", "k": 101}, {"q": "vpn", "since": "soon"}],
    ids=str,
)
def test_what_is_out_of_bounds_is_refused(nadia: httpx2.Client, query: dict[str, str]) -> None:
    reply = nadia.get("/api/search", params=query)
    assert reply.status_code == 422
    assert "aaaa" not in reply.text, "what was sent need not come back"


def test_an_empty_question_is_refused(nadia: httpx2.Client) -> None:
    reply = nadia.get("/api/search", params={"q": "   "})
    assert reply.status_code == 400
    assert "empty" in reply.json()["error"]["message"]


def test_why_a_document_stands_where_it_does(nadia: httpx2.Client) -> None:
    document = hits(nadia, q="vpn")[0]["document"]
    reply = nadia.get("/api/search/why", params={"q": "vpn", "document": document})
    why = WhyReply.model_validate_json(reply.content)
    assert (why.document, why.outcome, why.rank) == (document, "ranked", 1)
    filtered = nadia.get("/api/search/why", params={"q": "vpn", "document": document, "kind": "pdf"}).json()
    assert filtered["outcome"] == "filtered"
