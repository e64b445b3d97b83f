"""What is refused before any page or endpoint hears of it, and what every response bears."""

import contextlib
import http.client
import json
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import DEMO, Served, make_home, served

pytestmark = pytest.mark.slow

FEW_FILES = 256  # a process that may open as many can't hold six hundred connections
HANDSHAKE = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    "Sec-WebSocket-Protocol: streamlit\r\n\r\n"
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(make_home(tmp_path_factory.mktemp("guarded"), f'{DEMO}[serve]\nhosts = ["hone.example"]\n')) as running:
        yield running


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same behind a proxy, by the name that people know it by."""
    toml = '\n[identity]\nmode = "header"\n[serve]\nhosts = ["hone.example"]\n'
    with served(make_home(tmp_path_factory.mktemp("named"), toml)) as running:
        yield running


def call(app: Served, path: str, method: str = "GET", body: str = "", **headers: str) -> http.client.HTTPResponse:
    """Send one request; a header's name is written with _ for -, and one that is None is left out."""
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=30)
    connection.putrequest(method, path, skip_host=True)
    given = {"Host": f"127.0.0.1:{app.port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    for name, value in given.items():
        connection.putheader(name, value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body.encode() if body else None)
    return connection.getresponse()


def upgraded(app: Served, host: str, origin: str) -> int:
    """Try to open the page's websocket, and give the status of the reply."""
    with socket.create_connection(("127.0.0.1", app.port), timeout=30) as opened:
        opened.sendall(HANDSHAKE.format(host=host, origin=origin).encode())
        return int(opened.recv(1000).split()[1])


@pytest.mark.parametrize(
    "host", ["evil.example", "hone.example", "127.0.0.1@evil.example", "localhost.evil.example", ""]
)
def test_a_name_that_is_not_ours_is_refused(app: Served, host: str) -> None:
    for path in ("/", "/api/search?q=vpn", "/docs", "/_stcore/host-config", "/static/js/x.js"):
        assert call(app, path, Host=host).status == 421
    assert upgraded(app, host or "x", f"http://{host or 'x'}") == 403
    assert call(app, "/healthz", Host=host).status == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1234", "127.0.0.1", "[::1]:80"])
def test_the_names_of_this_machine_are_ours(app: Served, host: str) -> None:
    assert call(app, "/", Host=host).status == 200


def test_a_name_that_the_settings_give_is_ours_but_never_in_a_demo(app: Served, named: Served) -> None:
    assert call(named, "/", Host="hone.example").status == 200
    assert upgraded(named, f"127.0.0.1:{named.port}", "https://hone.example") == 101
    assert upgraded(named, f"127.0.0.1:{named.port}", "https://other.example") == 403
    assert call(app, "/", Host="hone.example").status == 421


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:1", "null", "http://localhost.evil.example"]
)
def test_another_site_opens_no_socket_and_sends_nothing(app: Served, origin: str) -> None:
    assert upgraded(app, f"127.0.0.1:{app.port}", origin) == 403
    assert call(app, "/api/feedback", "POST", "{}", Origin=origin).status == 403


def test_our_own_page_opens_its_socket(app: Served) -> None:
    assert upgraded(app, f"127.0.0.1:{app.port}", f"http://127.0.0.1:{app.port}") == 101


def test_every_response_bears_what_keeps_browsers_careful(app: Served) -> None:
    for path in ("/", "/docs", "/healthz", "/api/search", "/no/such/page", "/_stcore/health", "/_stcore/metrics"):
        reply = call(app, path)
        policy = dict(part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; "))
        assert policy["frame-ancestors"] == policy["object-src"] == policy["default-src"] == "'none'"
        assert policy["connect-src"] == "'self'"
        assert "unsafe" not in policy["script-src"]
        assert "http" not in reply.headers["content-security-policy"], "no other host is in it"
        assert reply.headers["x-frame-options"] == "DENY"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        assert "server" not in reply.headers
        assert "strict-transport-security" not in reply.headers
    refused = call(app, "/", Host="evil.example")
    assert refused.headers["x-frame-options"] == "DENY"


def test_https_in_front_of_it_is_kept(named: Served) -> None:
    reply = call(named, "/_stcore/health", X_Forwarded_Proto="https")
    assert "max-age" in reply.headers["strict-transport-security"]
    assert all("; Secure" in cookie for cookie in reply.headers.get_all("set-cookie") or ())
    assert reply.headers.get_all("set-cookie"), "a cookie is set here"


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/upload_file/a/b", "/component/x/index.html"]
)
def test_what_no_page_needs_is_not_there(app: Served, path: str) -> None:
    assert call(app, path).status == 404


def test_no_other_page_may_control_ours(app: Served) -> None:
    assert json.loads(call(app, "/_stcore/host-config").read())["allowedOrigins"] == []


def test_a_body_that_is_too_large_is_refused_also_when_its_length_is_not_told(app: Served) -> None:
    assert call(app, "/api/ask", "POST", "x" * (1 << 20) + "y").status == 413
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=30)
    pieces = (b"x" * 65536 for _ in range(32))
    key = {"X-Hone-Key": app.announced["key"]}
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have heard enough before the end
        connection.request("POST", "/api/ask", pieces, key, encode_chunked=True)
    assert connection.getresponse().status == 413


def test_the_owners_key_counts_on_this_machine_alone(app: Served) -> None:
    key, path = app.announced["key"], "/api/search?q=severance"
    assert call(app, path, X_Hone_Key=key, X_Hone_As="bo").status == 200
    assert call(app, path, X_Hone_Key=key[:-1]).status == 401
    for passed_on in ("X_Forwarded_For", "Forwarded", "Via", "X_Real_IP"):
        assert call(app, path, X_Hone_Key=key, **{passed_on: "for=10.0.0.1"}).status == 401
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=30)
    connection.request("GET", path, headers={"X_Hone_Key": key})
    assert connection.getresponse().status == 401


def test_a_crowd_that_sends_half_requests_keeps_nobody_from_searching(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    home = make_home(tmp_path, f"{DEMO}[serve]\nconnections = 600\n")
    with contextlib.ExitStack() as held:
        app = held.enter_context(served(home, files=FEW_FILES))  # until it raises that itself
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the crowd is held open here
        held.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1100):
            crowd = held.enter_context(socket.create_connection(("127.0.0.1", app.port), timeout=30))
            crowd.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        assert call(app, "/api/search?q=vpn", X_Hone_Key=app.announced["key"]).status == 200
        assert int(limits_of_process(app.process.pid).split()[3]) == hard
        lines = (home / "serve.log").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 1, "one line a minute, though five hundred were closed"


def limits_of_process(process: int) -> str:
    told = Path(f"/proc/{process}/limits").read_text(encoding="utf-8")
    return next(line for line in told.splitlines() if line.startswith("Max open files"))
