"""A small company's service for the pages."""

from collections.abc import Iterator

import pytest

from service.service import Service
from tests.service.conftest import Company, company, indexed
from ui import process

__all__ = ["company", "indexed"]


@pytest.fixture
def service(company: Company) -> Iterator[Service]:
    """The company's service, with no LLM."""
    service = Service(company("[serve]\nper_minute = 6000\n"))
    yield service
    process.use(None)
    service.close()
