"""`hone serve` from its start to its stop, and the commands that find it."""

import http.client
import json
import re
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hone.settings import read_settings
from hone.workspace import Workspace
from tests.commands import Run, Said
from tests.llm_server import LlmServer, hangs
from tests.served import DEMO, HONE, Served, hone, make_home, served

pytestmark = pytest.mark.slow

STOPPED = 10.0  # seconds; it takes less than three on a machine that has nothing else to do
VPN = "when is the VPN password changed?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[Served]:
    with served(home) as running:
        yield running


@pytest.fixture
def hidden_index(home: Path) -> Iterator[None]:
    """Take the index away from new processes; the app has it open."""
    index, aside = home / "index", home / "index-aside"
    index.rename(aside)
    yield
    index.rename(aside.with_name("index-left")) if index.exists() else None
    aside.rename(index)


@pytest.fixture
def refuses(hone_at: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a `hone serve` that has to give up before it serves anything."""

    def served(workspace: Workspace) -> None:
        raise AssertionError(f"{workspace.home} would be served")

    def run(home: Path, *arguments: str) -> Said:
        return hone_at(home, "serve", *arguments)

    monkeypatch.setattr("ui.serving.Service", served)
    return run


def test_it_is_ready_when_it_says_so(app: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=10)
    connection.request("GET", "/readyz")
    assert json.loads(connection.getresponse().read()) == {"status": "ready"}


def test_it_says_where_it_is_to_its_owner_alone(app: Served) -> None:
    file = app.home / "serving.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert app.announced["url"] == app.url
    assert app.announced["pid"] == app.process.pid
    assert len(app.announced["key"]) >= 32


def test_a_second_one_is_told_where_the_first_is(app: Served, refuses: Run) -> None:
    told = refuses(app.home, "--port", "0")
    assert told.code == 1
    assert app.url in told.err
    assert f"process {app.process.pid}" in told.err


def test_commands_go_through_it_and_say_the_same(app: Served, home: Path, hone_at: Run) -> None:
    commands = (
        ("search", VPN, "--as", "ana", "--json"),
        ("search", VPN, "--as", "bo", "--why", "--kind", "md", "--since", "2025-01-01", "-k", "3"),
        ("search", VPN, "hr/severance.md", "--why", "--as", "bo"),
        ("ask", VPN, "--as", "ana"),
        ("ask", VPN, "--as", "ana", "--json"),
        ("ask", "  "),
        ("ask", VPN, "--thread", "nobodys"),
        ("search", VPN, "--as", "stranger"),
    )
    through = [hone_at(home, *command) for command in commands]
    alone = [hone_at(home, *command, HONE_ASK__SECONDS="61") for command in commands]
    for command, one, other in zip(commands, through, alone, strict=True):
        assert (one.code, told(one.err)) == (other.code, told(other.err)), command
        assert told(one.out) == told(other.out), command


def told(text: str) -> str:
    """Leave out what no two runs have in common: ids and times."""
    text = re.sub(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", "ID", text)
    text = re.sub(r'"took_ms": \{[^}]*\}', "TOOK", text)
    return re.sub(r"in \d+ ms|\d+ ms ·", "TIME", text)


def test_a_command_that_goes_through_it_opens_nothing_itself(
    app: Served, home: Path, hidden_index: None, hone_at: Run
) -> None:
    assert "VPN access" in hone_at(home, "search", VPN).out
    assert "45 days" in hone_at(home, "ask", VPN).out
    alone = hone_at(home, "search", VPN, HONE_ASK__SECONDS="61")  # other settings: it is on its own
    assert alone.code == 1


@pytest.mark.proof
def test_nothing_fails_or_mixes_while_indexes_change_beside_it(app: Served, home: Path) -> None:
    searched: list[str] = []
    asked: list[list[str]] = []
    errors: list[object] = []
    done = threading.Event()
    headers = {"X-Hone-Key": app.announced["key"], "Content-Type": "application/json"}

    def call(method: str, path: str, body: str | None = None) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        if reply.status != 200 or "event: failed" in text:
            errors.append(text)
        return text

    def search() -> None:
        while not done.is_set() and not errors:
            searched.append(json.loads(call("GET", "/api/search?q=edition&k=10"))["generation"])

    def ask() -> None:
        question = json.dumps({"question": "When does the parking garage open? How much is lunch in the canteen?"})
        while not done.is_set() and not errors:
            told = call("POST", "/api/ask", question)
            events = [json.loads(data) for data in re.findall("^data: (.*)$", told, re.MULTILINE)]
            if [event["degraded"] for event in events if event["event"] == "answered"] != [[]]:
                errors.append(events)
            asked.append([event["search_id"] for event in events if event["event"] == "found"])

    threads = [threading.Thread(target=each) for each in (search, ask)]
    for thread in threads:
        thread.start()
    for edition in range(2):
        for number in range(5):
            text = f"# Handbook {number}\n\nThis is edition {edition} of chapter {number} of the handbook.\n"
            (home.parent / "wiki" / f"edition{number}.md").write_text(text, encoding="utf-8")
        for command in (("documents", "sync"), ("index", "rebuild")):
            told = hone(home, *command)
            assert told.returncode == 0, told.stderr
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []
    generations = list(dict.fromkeys(searched))
    assert len(generations) >= 4, "each of them was searched meanwhile"
    assert generations == sorted(generations), "none comes back"
    workspace = Workspace(read_settings(home))
    made_by: list[set[str]] = [{workspace.log.search(id_).search.generation for id_ in ids} for ids in asked]
    workspace.close()
    assert len(set[str]().union(*made_by)) >= 3
    assert max(map(len, asked)) >= 2, "answers rest on several searches"
    assert [mixed for mixed in made_by if len(mixed) > 1] == []


@pytest.mark.proof
def test_it_stops_its_answers_and_itself(tmp_path: Path) -> None:
    llm = LlmServer()
    llm.always(hangs(60))
    home = make_home(tmp_path, f'{DEMO}[llm]\nbase_url = "{llm.url}"\nmodel = "scripted"\n')
    with served(home) as app:
        asking = subprocess.Popen(
            [HONE, "--home", home, "ask", VPN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while not llm.calls:
            assert asking.poll() is None, asking.communicate()
            time.sleep(0.02)
        assert app.stop() < STOPPED
        assert app.process.returncode == 0
        _, said = asking.communicate(timeout=30)
        assert asking.returncode == 1
        assert "stopped in the running app" in said or "broke off" in said
        assert not (home / "serving.json").exists()
        assert (home / "serve.log").read_text() == ""
    llm.stop()


@pytest.mark.proof
def test_what_a_killed_one_left_is_in_nobodys_way(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    with served(home) as first:
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        assert (home / "serving.json").exists()
        alone = hone(home, "search", VPN)
        assert (alone.returncode, alone.stderr) == (0, "")
        with served(home) as second:
            assert second.announced["pid"] == second.process.pid != first.process.pid
            assert second.stop(signal.SIGINT) < STOPPED
            assert second.process.returncode == 0


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path, refuses: Run) -> None:
    oidc = '[identity]\nmode = "oidc"\n[identity.oidc]\nmetadata_url = "http://idp.example/"\nredirect_url = "x"\n'
    (tmp_path / "hone.toml").write_text(oidc)
    told = refuses(tmp_path)
    assert told.code == 2
    for part in ("no workspace", "metadata_url", "client_id", "client_secret", "redirect_url", "cookie_secret"):
        assert part in told.err
    assert told.err.count("→") >= 7


@pytest.mark.parametrize(
    ("toml", "arguments", "expected"),
    [
        ("", (), ('mode = "oidc"', 'mode = "header"', 'mode = "demo"', "hone serve --demo")),
        (DEMO, ("--host", "0.0.0.0"), ("0.0.0.0", "--host 127.0.0.1")),
        ('[identity]\nmode = "header"\nproxies = ["nowhere"]\n', (), ("'nowhere'", "proxies =")),
        ('[identity]\nmode = "header"\n', ("--demo",), ("identity.mode is 'header'",)),
    ],
)
def test_it_is_not_served_with_a_wrong_identity(
    tmp_path: Path, refuses: Run, toml: str, arguments: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    (tmp_path / "hone.toml").write_text(f"[people.ana]\n{toml}")
    Workspace(read_settings(tmp_path)).database.close()
    told = refuses(tmp_path, *arguments)
    assert told.code == 2
    assert [part for part in expected if part not in told.err] == []


def test_a_port_that_is_taken_is_named(app: Served, tmp_path: Path, refuses: Run) -> None:
    (tmp_path / "hone.toml").write_text(f"[people.ana]\n{DEMO}")
    Workspace(read_settings(tmp_path)).database.close()
    told = refuses(tmp_path, "--port", str(app.port))
    assert told.code == 2
    assert f"Port {app.port}" in told.err
    assert "--port N" in told.err
