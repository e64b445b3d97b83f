"""`make demo` as it is started by people: it says when it is ready, answers two of them, and ends when told to."""

import http.client
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.served import HONE, PATIENCE

pytestmark = pytest.mark.proof

BANDS = "Range for a senior developer in Rotterdam, 2026?"


def asked(url: str, home: Path, person: str) -> str:
    """Ask over HTTP, as the workspace's owner in somebody's name."""
    key = json.loads((home / "serving.json").read_text(encoding="utf-8"))["key"]
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
    headers = {"X-Hone-Key": key, "X-Hone-As": person, "Content-Type": "application/json"}
    connection.request("POST", "/api/ask", json.dumps({"question": BANDS}), headers)
    text = connection.getresponse().read().decode()
    connection.close()
    assert "event: answered" in text
    return text


def test_the_demo_is_started_asked_and_stopped(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = subprocess.Popen(
        [HONE, "--home", home, "demo", "--serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HONE_ENCODER__MODEL": "hash", "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if found := re.search(r"Hone is at (http://127\.0\.0\.1:\d+)", line):
                break
        else:
            raise AssertionError(told + (process.stderr.read() if process.stderr else ""))
        assert "Demo" in process.stdout.readline()
        ingrid, nadia = (asked(found.group(1), home, person) for person in ("ingrid", "nadia"))
        assert "salary-bands" in ingrid
        assert "salary-bands" not in nadia
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, errors) == (0, ""), rest
        assert not (home / "serving.json").exists()
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_make_runs_it() -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^demo:.*\n\t@\$\(BIN\)/hone demo$", makefile, re.MULTILINE)
