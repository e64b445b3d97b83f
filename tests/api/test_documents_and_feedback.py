"""Documents as their readers get them, and what is said of hits."""

from typing import Any

import httpx2
import pytest

from api.replies import DocumentReply, FeedbackReply
from tests.api.conftest import Served


@pytest.fixture
def searched(nadia: httpx2.Client) -> dict[str, Any]:
    return nadia.get("/api/search", params={"q": "vpn"}).json()


def test_a_document_has_its_text_and_where_passages_stand(nadia: httpx2.Client, searched: dict[str, Any]) -> None:
    hit = searched["hits"][0]
    document = DocumentReply.model_validate_json(nadia.get(f"/api/documents/{hit['document']}").content)
    start, end = hit["offsets"]
    assert document.text[start:end] == hit["text"]
    assert [start, end] in [passage.offsets for passage in document.passages]
    assert document.view is None


def test_a_stretch_is_shown_with_what_stands_around_it(nadia: httpx2.Client, searched: dict[str, Any]) -> None:
    hit = searched["hits"][0]
    start, end = hit["offsets"]
    reply = nadia.get(f"/api/documents/{hit['document']}", params={"start": start, "end": end})
    document = DocumentReply.model_validate_json(reply.content)
    assert document.view is not None
    assert document.view.marked == hit["text"]
    assert document.view.before + document.view.marked + document.view.after in document.text


def test_a_name_with_strange_letters_is_only_a_name(nadia: httpx2.Client) -> None:
    for name in ("../../etc/passwd", "a b#c?d", "ü/%00", "handbook/it/leash.md/"):
        assert nadia.get("/api/documents/" + name.replace("#", "%23").replace("?", "%3F")).status_code == 404


def test_feedback_stands_until_it_is_withdrawn(nadia: httpx2.Client, sample: Served, searched: dict[str, Any]) -> None:
    hit, log = searched["hits"][1], sample.service.workspace.log
    body = {"action": "relevant", "search_id": searched["search_id"], "object_id": hit["passage"], "reason": "yes"}
    reply = nadia.post("/api/feedback", json=body)
    assert reply.status_code == 201
    given = FeedbackReply.model_validate_json(reply.content)
    (event,) = log.search(searched["search_id"]).events
    assert (event.event_id, event.person, event.action, event.ordinal) == (given.event_id, "nadia", "relevant", 2)
    assert event.attributes["model"] == searched["model"]
    assert nadia.delete(f"/api/feedback/{given.event_id}").status_code == 204
    assert log.search(searched["search_id"]).events == ()
    assert nadia.delete(f"/api/feedback/{given.event_id}").status_code == 404


def test_feedback_on_what_the_search_missed_is_welcome(
    nadia: httpx2.Client, sample: Served, searched: dict[str, Any]
) -> None:
    shown = {hit["document"] for hit in searched["hits"]}
    people = sample.service.people.asker("nadia")
    documents = list(sample.service.library.documents())
    missed = next(one.id for one in documents if one.id not in shown and people.may_read(one.groups))
    body = {"action": "relevant", "search_id": searched["search_id"]}
    given = FeedbackReply.model_validate_json(nadia.post("/api/feedback", json={**body, "object_id": missed}).content)
    assert (given.shown, given.ordinal) == (False, None)
    closed = next(one.id for one in documents if not people.may_read(one.groups))
    refused = [nadia.post("/api/feedback", json={**body, "object_id": name}) for name in (closed, "no-such-thing")]
    assert [reply.status_code for reply in refused] == [404, 404]
    told = [reply.json()["error"]["message"] for reply in refused]
    assert told[0].replace(closed, "…") == told[1].replace("no-such-thing", "…")


@pytest.mark.parametrize(
    "wrong",
    [{"action": "like"}, {"person": "ingrid"}, {"ordinal": 0}, {"reason": "x" * 2001}, {"search_id": None}],
    ids=str,
)
def test_feedback_of_another_form_is_refused(
    nadia: httpx2.Client, searched: dict[str, Any], wrong: dict[str, Any]
) -> None:
    body = {"action": "thumb_up", "search_id": searched["search_id"], **wrong}
    assert nadia.post("/api/feedback", json=body).status_code == 422
