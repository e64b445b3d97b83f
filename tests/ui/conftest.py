"""The small company with its service, as the tests of the service have it."""

from collections.abc import Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from tests.service.conftest import company, indexed, search, service

__all__ = ["company", "indexed", "search", "service"]


@pytest.fixture(scope="session", autouse=True)
def scanned_once() -> Iterator[None]:
    """Look for components of other packages once: each page that opens reads what all of them say of themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield
