"""The engines that the conformance suite runs against."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from retriever.storing.edge import EdgeEngine
from retriever.storing.server import ServerEngine, connect
from retriever.storing.store import Engine
from tests.retriever.storing.points import IN_MEMORY

URL = "HONE_TEST_QDRANT_URL"
KEY = "HONE_TEST_QDRANT_KEY"
REAL = [pytest.param("server", id="real-server")] if os.environ.get(URL) else []
ENGINES = [pytest.param("edge", id="edge"), pytest.param("memory", id="in-memory-server"), *REAL]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Each engine in turn, named in the test's id; a real server's collections are dropped afterwards."""
    if request.param == "edge":
        yield EdgeEngine(tmp_path / "index", patience=0.2)
    elif request.param == "memory":
        yield ServerEngine(QdrantClient(":memory:"), "test", words=IN_MEMORY)
    else:
        server = connect(os.environ[URL], os.environ.get(KEY), f"test-{uuid.uuid4().hex[:8]}")
        yield server
        for name in ("first", "second"):
            if server.exists(name):
                server.drop(name)
        server.close()
