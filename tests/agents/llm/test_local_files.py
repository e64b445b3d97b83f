"""A model's file comes whole and right or not at all; what broke off is gone on with."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agents.llm.local.catalogue import CATALOGUE, DEFAULT, model_named
from agents.llm.local.installed import announce, folder_of, install, installed, remove, settings_of
from hone.errors import HoneError, UsageError
from hone.progress import Silent
from hone.settings import LlmSettings

MODEL = b"GGUF" + bytes(range(256)) * 20_000  # five blocks
DIGEST = hashlib.sha256(MODEL).hexdigest()


class Files(ThreadingHTTPServer):
    """Serves one file, and ends the connection early as often as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ranges: list[str] = []
        self.breaks = 0
        self.knows_ranges = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/tiny.gguf"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        files = self.server
        assert isinstance(files, Files)
        asked = self.headers.get("range", "")
        files.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0) if files.knows_ranges else 0
        if self.path != "/tiny.gguf":
            self.send_error(404)
            return
        body = MODEL[start:]
        self.send_response(206 if start else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if files.breaks:
            files.breaks -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Stay silent."""


@pytest.fixture
def files() -> Iterator[Files]:
    server = Files()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def fetch(what: str, home: Path, sha256: str = "") -> None:
    install(what, home, sha256, Silent())


def left(home: Path) -> set[str]:
    return {file.suffix for file in folder_of(home).glob("*")} if folder_of(home).exists() else set()


def test_a_file_from_an_address_is_installed(files: Files, tmp_path: Path) -> None:
    fetch(files.url, tmp_path, DIGEST)
    model = installed(tmp_path)
    assert model is not None
    assert (model.name, (folder_of(tmp_path) / model.file).read_bytes()) == ("tiny", MODEL)
    assert left(tmp_path) == {".gguf", ".json"}
    assert folder_of(tmp_path).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_download_that_broke_off_is_gone_on_with(files: Files, tmp_path: Path, knows_ranges: bool) -> None:
    files.breaks, files.knows_ranges = 1, knows_ranges
    with pytest.raises(HoneError) as failed:
        fetch(files.url, tmp_path, DIGEST)
    assert "again" in (failed.value.hint or "")
    assert (installed(tmp_path), left(tmp_path)) == (None, {".part"})
    fetch(files.url, tmp_path, DIGEST)
    assert installed(tmp_path) is not None
    assert [bool(asked) for asked in files.ranges] == [False, True]


def test_another_file_than_the_pinned_one_is_thrown_away(files: Files, tmp_path: Path) -> None:
    with pytest.raises(HoneError, match=DIGEST):
        fetch(files.url, tmp_path, "0" * 64)
    assert (installed(tmp_path), left(tmp_path)) == (None, set())


def test_without_a_network_nothing_is_half_installed(tmp_path: Path) -> None:
    with pytest.raises(HoneError) as failed:
        fetch("http://127.0.0.1:9/tiny.gguf", tmp_path, DIGEST)
    assert "FILE" in (failed.value.hint or "")
    assert (installed(tmp_path), left(tmp_path)) == (None, set())


def test_what_a_server_does_not_have_says_its_status(files: Files, tmp_path: Path) -> None:
    with pytest.raises(HoneError, match="404"):
        fetch(files.url.replace("tiny", "other"), tmp_path, DIGEST)


def test_a_file_on_disk_is_copied_and_the_one_before_removed(tmp_path: Path) -> None:
    home, first, second = tmp_path / "home", tmp_path / "one.gguf", tmp_path / "two.gguf"
    first.write_bytes(MODEL)
    second.write_bytes(MODEL + b"more")
    fetch(str(first), home, f"sha256:{DIGEST.upper()}")
    with pytest.raises(HoneError):
        fetch(str(second), home, DIGEST)
    assert {file.name for file in folder_of(home).glob("*.gguf")} == {"one.gguf"}
    fetch(str(second), home)
    assert {file.name for file in folder_of(home).glob("*")} == {"two.gguf", "installed.json"}
    assert first.exists()


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "not.gguf").write_bytes(b"hello")
    with pytest.raises(HoneError, match="GGUF"):
        fetch(str(tmp_path / "not.gguf"), tmp_path / "home")
    for what, sha256 in [
        ("no-such-model", ""),
        ("missing.gguf", ""),
        ("https://example.com/model.gguf", ""),
        ("https://example.com/model.zip", DIGEST),
        ("https://example.com/model.gguf", "abc"),
        ("https://[example.com/model.gguf", DIGEST),
    ]:
        with pytest.raises(UsageError):
            fetch(what, tmp_path / "home", sha256)
    assert installed(tmp_path / "home") is None


def test_what_is_removed_is_gone(files: Files, tmp_path: Path) -> None:
    fetch(files.url, tmp_path, DIGEST)
    files.breaks = 1
    with pytest.raises(HoneError):
        fetch(files.url.replace("tiny", "tiny"), tmp_path, "1" * 64)
    model = remove(tmp_path)
    assert model is not None
    assert (model.name, left(tmp_path), installed(tmp_path), remove(tmp_path)) == ("tiny", set(), None, None)


def test_the_installed_model_is_used_while_it_is_served(files: Files, tmp_path: Path) -> None:
    import os

    plain, named = LlmSettings(), LlmSettings(model="mine", base_url="http://127.0.0.1:1/v1")
    fetch(files.url, tmp_path, DIGEST)
    assert settings_of(tmp_path, plain) is None
    announce(tmp_path, "http://127.0.0.1:5/v1", "hush", os.getpid())
    used = settings_of(tmp_path, plain)
    assert used is not None
    assert (used.model, used.base_url, used.api_key) == ("tiny", "http://127.0.0.1:5/v1", SecretStr("hush"))
    assert settings_of(tmp_path, named) == named
    assert (folder_of(tmp_path) / "running.json").stat().st_mode & 0o077 == 0
    announce(tmp_path, "http://127.0.0.1:5/v1", "hush", 2**22 - 1)  # of no process
    assert settings_of(tmp_path, plain) is None


def test_the_catalogue_is_pinned() -> None:
    assert model_named(DEFAULT).size > 0
    for model in CATALOGUE:
        assert len(model.sha256) == 64
        assert model.url.startswith("https://")
        assert model.url.endswith(".gguf")
