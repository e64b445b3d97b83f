"""Connections over real sockets: who is slow gives way, and who streams stays."""

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from ui import connections
from ui.connections import Config, Limits

HANG = 30.0  # seconds; only a server that does not do it takes this long
HOST = b"Host: hone\r\n"
HALF = b"GET / HTTP/1.1\r\n" + HOST
WHOLE = HALF + b"\r\n"
STREAM = b"GET /stream HTTP/1.1\r\n" + HOST + b"\r\n"
BODY = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\nfive!"
HANDSHAKE = (
    b"GET /socket HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
HELLO = b"\x81\x85\x00\x00\x00\x00hello"  # a masked text frame, as clients send it
QUICK = Limits(everybody=100, one=100, head=0.2, body=0.2, reply=0.2)


@dataclass(slots=True, kw_only=True)
class App:
    """Answers at once, streams without an end, or echoes over a websocket."""

    port: int = 0
    left: list[str] = field(default_factory=list[str])  # what whoever asked did not stay for
    go_on: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._echo(receive, send)
        elif scope["path"] in ("/stream", "/flood"):
            await self._stream(scope["path"], receive, send)
        else:
            message = await receive()
            while message.get("more_body"):
                message = await receive()
            if message["type"] == "http.disconnect":
                self.left.append(scope["path"])
                return
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"ok"})

    async def _stream(self, path: str, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        gone = asyncio.create_task(_disconnected(receive))
        while not gone.done() and not (path == "/stream" and self.go_on.is_set()):
            body = b"x" * 65536 if path == "/flood" else b""
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await asyncio.sleep(0.01)
        if gone.done():
            self.left.append(path)
        gone.cancel()
        await send({"type": "http.response.body", "body": b"the end", "more_body": False})

    async def _echo(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})


async def _disconnected(receive: Receive) -> Message:
    while (message := await receive())["type"] != "http.disconnect":
        pass
    return message


@contextmanager
def served(limits: Limits) -> Generator[App]:
    app = App()
    taken = socket.create_server(("127.0.0.1", 0))
    app.port = taken.getsockname()[1]
    server = uvicorn.Server(Config(app, limits, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[taken])), daemon=True)
    thread.start()
    try:
        yield app
    finally:
        server.should_exit = True
        thread.join(HANG)


@contextmanager
def opened(app: App, sent: bytes, source: str = "127.0.0.1") -> Generator[socket.socket]:
    with socket.create_connection(("127.0.0.1", app.port), HANG, source_address=(source, 0)) as connection:
        connection.sendall(sent)
        yield connection


def heard(connection: socket.socket, until: bytes = b"") -> bytes:
    """Read to the end, or until something was said."""
    told = b""
    with contextlib.suppress(ConnectionError):
        while (more := connection.recv(65536)) and (told := told + more):
            if until and until in told:
                break
    return told


def status(app: App, source: str = "127.0.0.1") -> int:
    with opened(app, WHOLE, source) as connection:
        return int(heard(connection, b"\r\n").split()[1])


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("sent", [HALF, b"G", BODY])
def test_a_request_that_does_not_arrive_is_given_up_and_others_are_answered(sent: bytes) -> None:
    with served(QUICK) as app, opened(app, sent) as slow:
        assert status(app) == 200
        assert heard(slow).startswith(b"HTTP/1.1 408 ")
        assert status(app) == 200
        wait_for(lambda: app.left == (["/"] if sent == BODY else []))


def test_what_trickles_in_gains_no_time() -> None:
    with served(QUICK) as app, opened(app, HALF) as slow:
        slow.settimeout(0.05)
        told = b""
        deadline = time.monotonic() + HANG
        while not told:
            assert time.monotonic() < deadline
            with contextlib.suppress(ConnectionError):
                slow.sendall(b"X: y\r\n")
            with contextlib.suppress(TimeoutError):
                told = slow.recv(100)
        assert told.startswith(b"HTTP/1.1 408 ")


def test_a_second_request_on_a_connection_is_timed_too() -> None:
    with served(QUICK) as app, opened(app, WHOLE) as slow:
        heard(slow, b"ok")
        slow.sendall(HALF)
        assert heard(slow).startswith(b"HTTP/1.1 408 ")


def test_streams_and_websockets_outlive_every_limit() -> None:
    with served(QUICK) as app, opened(app, STREAM) as stream, opened(app, HANDSHAKE) as talk:
        assert b"begun" in heard(stream, b"begun")
        assert heard(talk, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
        for sent in (HALF, BODY):
            with opened(app, sent) as slow:
                assert heard(slow).startswith(b"HTTP/1.1 408 ")
        talk.sendall(HELLO)
        assert heard(talk, b"hello")
        app.go_on.set()
        assert b"the end" in heard(stream)


def test_a_reply_that_nobody_reads_is_given_up() -> None:
    with served(QUICK) as app, opened(app, b"GET /flood HTTP/1.1\r\n" + HOST + b"\r\n"):
        wait_for(lambda: app.left == ["/flood"])


def test_who_has_sent_no_request_makes_room_oldest_first() -> None:
    with served(Limits(everybody=6, one=4)) as app, ExitStack() as held:
        slow = [held.enter_context(opened(app, HALF)) for _ in range(40)]
        assert status(app) == 200
        for each in slow[:-3]:
            assert b" 200 " not in heard(each), "it waits for the end, and fails where there is none"
        for each in slow[-3:]:
            each.sendall(b"\r\n")
            assert b" 200 " in heard(each, b"ok")


def test_one_address_takes_no_room_from_others() -> None:
    with served(Limits(everybody=6, one=4)) as app, ExitStack() as held:
        theirs = held.enter_context(opened(app, HALF))
        for _ in range(40):
            held.enter_context(opened(app, HALF, "127.0.0.2"))
        assert status(app, "127.0.0.2") == 200
        theirs.sendall(b"\r\n")
        assert b" 200 " in heard(theirs, b"ok")


@pytest.mark.parametrize(
    ("limits", "answered"),
    [
        (Limits(everybody=3, one=9), 503),
        (Limits(everybody=9, one=3), 503),
        (Limits(everybody=9, one=3, proxies=("127.0.0.0/8",)), 200),
    ],
)
def test_nothing_that_streams_is_closed_for_somebody_else(limits: Limits, answered: int) -> None:
    with served(limits) as app, ExitStack() as held:
        for sent in (STREAM, HANDSHAKE):
            heard(held.enter_context(opened(app, sent)), b"\r\n\r\n")
        with opened(app, STREAM) as third:
            heard(third, b"begun")
            assert status(app) == answered
        wait_for(lambda: app.left == ["/stream"])
        assert status(app) == 200
        assert app.left == ["/stream"]


def test_a_websocket_gives_its_place_back() -> None:
    with served(Limits(everybody=1, one=9)) as app:
        with opened(app, HANDSHAKE) as talk:
            heard(talk, b"\r\n\r\n")
            assert status(app) == 503
        wait_for(lambda: status(app) == 200)


def test_the_log_has_one_line_with_the_number(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Limits(everybody=2, one=9)) as app, ExitStack() as held:
        for _ in range(20):
            held.enter_context(opened(app, HALF))
        assert status(app) == 200
        assert [record.name for record in caplog.records if record.name == connections.__name__] == [
            connections.__name__
        ]
    monkeypatch.setattr(connections, "QUIET", 0.1)

    async def many() -> None:
        watched = connections.Connections(QUICK)
        for _ in range(5):
            watched.note("were late")
        while "4 were late" not in caplog.text:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(many(), HANG))
    assert caplog.text.count("were late") == 2


def test_a_process_without_a_file_left_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    async def starved() -> None:
        loop = asyncio.get_running_loop()
        connections.Connections(QUICK).watch(loop)
        for _ in range(1000):
            loop.call_exception_handler({"message": "socket.accept()", "exception": OSError(24, "Too many open files")})
        loop.call_exception_handler({"message": "something else", "exception": ValueError("odd")})

    with caplog.at_level(logging.ERROR):
        asyncio.run(starved())
    assert [record.name for record in caplog.records] == [connections.__name__, "asyncio"]
