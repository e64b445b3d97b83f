"""Runs one page in Streamlit's test harness, as somebody, on a service of its own."""

import sys
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from hone.records import Asker
from service.service import Service
from tests.service.conftest import Company
from ui import process


@pytest.fixture
def service(company: Company) -> Iterator[Service]:
    """The company's service, with no LLM."""
    service, main = Service(company("[serve]\nper_minute = 6000\n")), sys.modules["__main__"]
    yield service
    sys.modules["__main__"] = (
        main  # the harness leaves its script there, and processes that are spawned would look for it
    )
    process.use(None)
    service.close()


def open_page(name: str, service: Service, asker: Asker, **query: str) -> AppTest:
    """Open `ui.<name>` as a person; the service stays in use until another page is opened."""
    process.use(service)
    script = f"""
from hone.records import Asker
from ui import {name}
from ui.process import service

{name}.page(service(), Asker(name={asker.name!r}, groups=frozenset({sorted(asker.groups)!r})))
"""
    page = AppTest.from_string(script, default_timeout=30)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def words(page: AppTest) -> str:
    """Give everything that a page says in text, as one text."""
    kinds = (
        "title",
        "header",
        "subheader",
        "markdown",
        "text",
        "caption",
        "info",
        "success",
        "warning",
        "error",
        "code",
    )
    return "\n".join(str(getattr(element, "value", "")) for kind in kinds for element in page.get(kind))
