"""A real local LLM from its file to an answer: `HONE_TEST_GGUF=model.gguf pytest tests/system/test_local_llm.py`.

It needs `pip install "hone[llm]"`, and a model that nobody has to download for the other tests.
"""

import json
import os
import signal
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx2
import pytest

from agents.llm.local.installed import RunningModel, folder_of, installed, running
from tests.served import hone, make_home, served

MODEL = os.environ.get("HONE_TEST_GGUF", "")
PATIENCE = 180.0  # seconds to load a model on a busy machine
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(not MODEL or find_spec("xllamacpp") is None, reason="no model to test with was given"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = make_home(tmp_path_factory.mktemp("local"))
    yield home
    for file in folder_of(home).glob("*.gguf"):  # hundreds of megabytes
        file.unlink()


def ready(home: Path) -> RunningModel:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = running(home)
        if found is not None and is_healthy(found):
            return found
        time.sleep(0.2)
    raise AssertionError((folder_of(home) / "server.log").read_text())


def models(llm: RunningModel, key: str) -> int:
    headers = {"authorization": f"Bearer {key}"}
    return httpx2.get(f"{llm.url}/models", headers=headers, timeout=30, trust_env=False).status_code


def is_healthy(found: RunningModel) -> bool:
    try:
        return httpx2.get(found.url.replace("/v1", "/health"), timeout=5, trust_env=False).status_code == 200
    except httpx2.HTTPError:
        return False


def test_from_a_file_to_an_answer(home: Path) -> None:
    done = hone(home, "llm", "install", MODEL, "--no-check")
    assert done.returncode == 0, done.stderr
    model = installed(home)
    assert model is not None
    with served(home) as app:
        llm = ready(home)
        assert [models(llm, key) for key in ("wrong", llm.key)] == [401, 200]
        done = hone(home, "ask", "How often is the VPN password changed?", "--as", "ana", "--json")
        assert done.returncode == 0, done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert "quoted" in {event["event"] for event in events}  # shown while an LLM writes, and only then
        told = events[-1]
        assert "45 days" in told["text"]
        assert all("reached" not in lost["what"] for lost in told["degraded"])  # it did answer
        app.stop(signal.SIGKILL)
        until = time.monotonic() + PATIENCE
        while is_healthy(llm) and time.monotonic() < until:
            time.sleep(0.2)
        assert not is_healthy(llm)
    assert hone(home, "llm", "remove").returncode == 0
    assert installed(home) is None
