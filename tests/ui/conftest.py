"""The small company with its service, as the tests of the service have it."""

from tests.service.conftest import company, indexed, search, service

__all__ = ["company", "indexed", "search", "service"]
