"""Every no has one form, a reference that the log knows, and no traceback."""

import logging
import shutil
from pathlib import Path

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.errors import ErrorReply, refusal_of
from hone.errors import TooManyError
from hone.settings import read_settings
from hone.workspace import Workspace
from tests.api.conftest import MUCH, Open, Served, serving
from tests.conftest import MakeWorkspace

LARGE = 1_000_001


def test_what_is_not_there_and_what_is_not_done_have_the_form(nadia: httpx2.Client) -> None:
    for method, path, status in (("GET", "/api/nothing", 404), ("PUT", "/api/threads", 405), ("GET", "/v1/x", 404)):
        reply = nadia.request(method, path)
        assert reply.status_code == status
        assert reply.json()["error"]["message"]


def test_a_body_may_have_a_megabyte(nadia: httpx2.Client) -> None:
    for path in ("/api/ask", "/v1/chat/completions", "/mcp"):
        for content in (b"x" * LARGE, (b" " * 100_000 for _ in range(11))):
            reply = nadia.post(path, content=content, headers={"content-type": "application/json"})
            assert reply.status_code == 413, path
            if path != "/mcp":  # in parts, the SDK refuses it in its own form
                assert "Too Large" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"\xff"', b'{"question": "\\ud800"}', b"[" * 100_000, b'{"question": 1e999}']
)
def test_what_is_no_question_is_refused_and_not_failed_at(nadia: httpx2.Client, body: bytes) -> None:
    for path in ("/api/ask", "/api/feedback", "/v1/chat/completions"):
        reply = nadia.post(path, content=body, headers={"content-type": "application/json"})
        assert reply.status_code in (400, 422), (path, reply.text)
        assert reply.json()["error"]["reference"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), name=st.text(max_size=30))
def test_no_text_makes_it_fail(nadia: httpx2.Client, text: str, name: str) -> None:
    assert nadia.get("/api/search", params={"q": text, "path": name, "source": name}).status_code < 500
    assert nadia.post("/api/feedback", json={"action": "copy", "search_id": name, "reason": text}).status_code == 404


def test_before_anything_is_indexed_it_lives_and_is_not_ready(make_workspace: MakeWorkspace) -> None:
    with serving(make_workspace("[people.ana]")) as served, served.client("ana") as ana:
        assert ana.get("/healthz").json() == {"status": "alive"}
        for path in ("/readyz", "/api/search?q=vpn"):
            reply = ana.get(path)
            assert reply.status_code == 503
            assert ErrorReply.model_validate_json(reply.content).error.hint
        assert "Nothing is indexed" in ana.get("/readyz").text


def test_with_its_index_gone_it_is_not_ready(open_workplace: Open) -> None:
    workspace = open_workplace(MUCH)
    with serving(workspace) as served, served.client("ana") as ana:
        assert ana.get("/readyz").status_code == 200
        for folder in workspace.index.iterdir():
            shutil.rmtree(folder)
        reply = ana.get("/readyz")
        assert reply.status_code == 503
        assert "g000001" in reply.json()["error"]["message"]
        assert "hone documents sync" in reply.json()["error"]["hint"]


def test_nothing_is_kept_on_the_way(nadia: httpx2.Client) -> None:
    for path in ("/api/search?q=vpn", "/api/threads", "/v1/models", "/api/documents/none", "/api/nothing"):
        assert nadia.get(path).headers["cache-control"] == "no-store"


def test_the_sample_is_ready_and_nobody_needs_a_token_to_know(sample: Served) -> None:
    assert httpx2.get(f"{sample.url}/healthz").json() == {"status": "alive"}
    assert httpx2.get(f"{sample.url}/readyz").json() == {"status": "ready"}


def test_a_fault_has_a_reference_that_the_log_knows(sample_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A service without its parts fails as no code expects."""
    workspace = Workspace(read_settings(sample_home))
    with serving(workspace) as served, served.client("nadia") as client:
        served.service.__dict__["feedback"] = object()
        with caplog.at_level(logging.ERROR):
            reply = client.post("/api/feedback", json={"action": "copy", "search_id": "x"})
    error = ErrorReply.model_validate_json(reply.content).error
    assert reply.status_code == 500
    assert "Traceback" not in reply.text
    assert "object" not in reply.text
    (record,) = [record for record in caplog.records if error.reference in record.getMessage()]
    assert record.exc_info is not None


def test_a_wait_is_told_in_whole_seconds() -> None:
    waits = {0.01: "1", 1.0: "1", 1.2: "2", 59.9: "60"}
    for wait, told in waits.items():
        assert refusal_of(TooManyError("No.", retry_after=wait)).headers == {"Retry-After": told}
