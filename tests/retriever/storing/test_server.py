"""What only the server engine has to do: the alias, and errors of the wire as errors with a remedy."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from qdrant_client import QdrantClient

from hone.errors import HoneError
from retriever.storing import open_server
from retriever.storing.server import IN_MEMORY, ServerEngine

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes", "ignore:Api key is used")


class Refusing(BaseHTTPRequestHandler):
    """A server that knows nobody's key."""

    def do_GET(self) -> None:
        self.send_response(401, "Unauthorized")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the parent names it so
        """Say nothing."""


@pytest.fixture
def refusing() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_wrong_key_is_said_to_be_one(refusing: str) -> None:
    engine = open_server(refusing, "wrong", "test")
    with pytest.raises(HoneError, match="401") as caught:
        engine.exists("first")
    assert "API key" in caught.value.hint
    engine.close()


def test_a_server_that_does_not_run_is_said_not_to() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else takes the port, and nobody answers
        engine = open_server(f"http://127.0.0.1:{taken.getsockname()[1]}", None, "test")
        with pytest.raises(HoneError, match="Connection refused") as caught:
            engine.open("first")
    assert "URL" in caught.value.hint
    engine.close()


def test_the_alias_moves_from_one_generation_to_the_next() -> None:
    client = QdrantClient(":memory:")
    engine = ServerEngine(client, "test", words=IN_MEMORY)
    for name in ("first", "second"):
        engine.create(name, 4).close()
    for name in ("first", "second", "second"):
        engine.point_alias("live", name)
        aliases = client.get_aliases().aliases
        assert [(alias.alias_name, alias.collection_name) for alias in aliases] == [
            ("hone-test-live", f"hone-test-{name}")
        ]
    with pytest.raises(HoneError, match="no generation 'third'"):
        engine.point_alias("live", "third")


def test_no_engine_is_imported_before_it_is_opened() -> None:
    code = "import sys, retriever.storing; sys.exit(any('qdrant' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
