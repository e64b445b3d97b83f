"""Fifty people at once, each with something that nobody else may see."""

import http.client
import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.agents.workplace import write
from tests.served import DEMO, Served, hone, served

pytestmark = pytest.mark.slow

PEOPLE = range(50)
QUESTION = "What is the code of the locker in the cellar?"
MARK = re.compile(r"MARK(\d\d)")
MUCH = '\n[serve]\nper_minute = 100000\nanswers = 64\n[encoder]\nmodel = "hash"\n'
STRANGER = """
[[sources]]
name = "stranger{number}"
path = "../stranger{number}"
groups = ["stranger{number}"]
[people.stranger{number}]
groups = ["stranger{number}"]
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Fifty people with a document each, served."""
    folder = tmp_path_factory.mktemp("strangers")
    write(
        folder,
        {
            f"stranger{n}/locker.md": f"# Locker\n\nThe code of the locker in the cellar is MARK{n:02d}.\n"
            for n in PEOPLE
        },
    )
    home: Path = folder / "home"
    home.mkdir()
    toml = "".join(STRANGER.format(number=number) for number in PEOPLE) + DEMO + MUCH
    (home / "hone.toml").write_text(toml, encoding="utf-8")
    told = hone(home, "documents", "sync")
    assert told.returncode == 0, told.stderr
    with served(home) as running:
        yield running


def call(app: Served, person: str, method: str, path: str, body: object = None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=120)
    headers = {"X-Hone-Key": app.announced["key"], "X-Hone-As": person, "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    assert reply.status == 200, text
    return text


@pytest.mark.proof
def test_fifty_at_once_see_their_own_and_nothing_else(app: Served) -> None:
    gate = threading.Barrier(len(PEOPLE))

    def session(number: int) -> str:
        person = f"stranger{number}"
        gate.wait()
        told = call(app, person, "POST", "/api/ask", {"question": QUESTION})
        thread = json.loads(re.findall("^data: (.*)$", told, re.MULTILINE)[-1])["thread"]
        told += call(app, person, "GET", f"/api/search?q=MARK{(number + 1) % len(PEOPLE):02d}&k=50")[len("{") :]
        told += call(app, person, "POST", "/api/ask", {"question": "And which code is it?", "thread": thread})
        told += call(app, person, "GET", f"/api/threads/{thread}") + call(app, person, "GET", "/api/threads")
        return told

    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        everything = list(pool.map(session, PEOPLE))
    for number, told in zip(PEOPLE, everything, strict=True):
        asked_for = f"MARK{(number + 1) % len(PEOPLE):02d}"  # stands in the reply to the search as its question
        seen = set(MARK.findall(told.replace(f'"query": "{asked_for}"', "").replace(f'"query":"{asked_for}"', "")))
        assert seen == {f"{number:02d}"}, (number, seen)
        assert set(re.findall(r"stranger\d+(?=/)", told)) <= {f"stranger{number}"}
