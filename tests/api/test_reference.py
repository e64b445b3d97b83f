"""The OpenAPI document is whole, and `/docs` shows it without anything from elsewhere."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel

from api.asking import AskBody
from api.chat.completions import ChatBody
from api.errors import ErrorReply, OpenaiErrorReply
from api.feedback import FeedbackBody
from tests.api.conftest import Served

ENDPOINTS = {
    ("get", "/api/search"),
    ("get", "/api/search/why"),
    ("post", "/api/ask"),
    ("get", "/api/ask/{run}/events"),
    ("delete", "/api/ask/{run}"),
    ("get", "/api/threads"),
    ("get", "/api/threads/{thread}"),
    ("delete", "/api/threads/{thread}"),
    ("get", "/api/documents/{id}"),
    ("post", "/api/feedback"),
    ("delete", "/api/feedback/{event_id}"),
    ("get", "/v1/models"),
    ("get", "/v1/models/{model}"),
    ("post", "/v1/chat/completions"),
    ("get", "/healthz"),
    ("get", "/readyz"),
}


@pytest.fixture(scope="module")
def spec(sample: Served) -> dict[str, Any]:
    return httpx2.get(f"{sample.url}/openapi.json").json()


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_endpoint_is_in_it(spec: dict[str, Any]) -> None:
    assert {(method, path) for method, path, _ in operations(spec)} == ENDPOINTS


def test_each_says_who_may_ask_and_how_it_refuses(spec: dict[str, Any]) -> None:
    assert spec["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert "HTTPValidationError" not in spec["components"]["schemas"], "a form that is never sent"
    for _, path, operation in operations(spec):
        assert operation["summary"]
        if path in ("/healthz", "/readyz"):
            continue
        assert operation["security"] == [{"token": []}], path
        assert {"401", "422", "429", "500", "503"} <= set(operation["responses"]), path
        form = OpenaiErrorReply if path.startswith("/v1") else ErrorReply
        for status, reply in operation["responses"].items():
            if int(status) >= 400:
                told = reply["content"]["application/json"]
                assert told["schema"]["$ref"] == f"#/components/schemas/{form.__name__}"
                assert form.__name__ in spec["components"]["schemas"]
                form.model_validate(told["example"])


@pytest.mark.parametrize("form", [AskBody, FeedbackBody, ChatBody])
def test_each_body_has_an_example_that_is_accepted(spec: dict[str, Any], form: type[BaseModel]) -> None:
    form.model_validate(spec["components"]["schemas"][form.__name__]["example"])


class Addresses(HTMLParser):
    """Everything that a page would load, run or go to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "iframe", "img", "form") or any(
            name == "style" or name.startswith("on") for name, _ in attrs
        ):
            self.active.append(tag)
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        self.ids |= {value or "" for name, value in attrs if name == "id"}


def test_the_page_needs_nothing_from_elsewhere(sample: Served) -> None:
    reply = httpx2.get(f"{sample.url}/docs")
    page = Addresses()
    page.feed(reply.text)
    assert page.active == []
    assert reply.headers["content-security-policy"].startswith("default-src 'self'")
    for address in page.found:
        if address.startswith("#"):
            assert address[1:] in page.ids, address
        else:
            assert re.match(r"/\w", address)
            assert httpx2.get(sample.url + address).status_code == 200
    for _, path in ENDPOINTS:
        assert path in reply.text
