"""A real server that speaks the OpenAI protocol on loopback and does what a script tells it, faults included."""

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PIECE = 12  # characters of a streamed reply's pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as the server saw it."""

    number: int  # 1, 2 …
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """Everything that was said, in one text."""
        return "\n".join(str(message.get("content") or "") for message in self.body.get("messages", []))

    @property
    def mode(self) -> str:
        """Which structured mode the request uses."""
        return "json_schema" if "response_format" in self.body else "tools" if "tools" in self.body else "plain"


Writer = Callable[[bytes], None]
Text = str | Callable[[Call], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the server does with a call: reply with a status, headers and a body written part by part."""

    body: Callable[[Call], Iterator[bytes]]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    kind: str = "text/event-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    behaviour: Behaviour
    contains: str
    call: int | None
    mode: str | None
    times: int | None


class LlmServer:
    """Rules are tried in the order they were given; the first that fits decides. Without one: a plain reply."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.told: dict[str, dict[str, Any]] = {}  # what the server says of itself, by path; all else is not there
        self.stopping = threading.Event()
        self._rules: list[_Rule] = []
        self._used: dict[int, int] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The base_url for the settings."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def on(
        self,
        contains: str,
        behaviour: Behaviour,
        *,
        call: int | None = None,
        mode: str | None = None,
        times: int | None = None,
    ) -> "LlmServer":
        """Do this for calls whose prompt contains a text; only for the nth call, for a mode, or so many times."""
        self._rules.append(_Rule(behaviour=behaviour, contains=contains, call=call, mode=mode, times=times))
        return self

    def always(self, behaviour: Behaviour) -> "LlmServer":
        """Do this for every call that no earlier rule takes."""
        return self.on("", behaviour)

    def stop(self) -> None:
        """End the server and every reply that it is still writing."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def decide(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[Call, Behaviour]:
        """Write the call down and find what to do with it."""
        with self._lock:
            call = Call(number=len(self.calls) + 1, path=path, headers=headers, body=body)
            self.calls.append(call)
            for place, rule in enumerate(self._rules):
                if self._fits(place, rule, call):
                    self._used[place] = self._used.get(place, 0) + 1
                    return call, rule.behaviour
            return call, says("Understood.")

    def _fits(self, place: int, rule: _Rule, call: Call) -> bool:
        return (
            rule.contains in call.prompt
            and rule.call in (None, call.number)
            and rule.mode in (None, call.mode)
            and (rule.times is None or self._used.get(place, 0) < rule.times)
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64  # of connections not yet taken; beyond it the system resets them

    def __init__(self, address: tuple[str, int], script: LlmServer) -> None:
        self.script = script
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client has gone: with these scripts they do."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert isinstance(self.server, _Server)
        script = self.server.script
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        if not self.path.endswith("/completions"):
            self._tell()
            return
        call, behaviour = script.decide(self.path, dict(self.headers), body)
        self.send_response(behaviour.status)
        self.send_header("content-type", behaviour.kind)
        self.send_header("connection", "close")
        for name, value in behaviour.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        for part in behaviour.body(call):
            if script.stopping.is_set():
                return
            self.wfile.write(part)
            self.wfile.flush()

    def do_GET(self) -> None:
        self._tell()

    def _tell(self) -> None:
        assert isinstance(self.server, _Server)
        told = self.server.script.told.get(self.path)
        said = json.dumps(told or {"error": "not found"}).encode()
        self.send_response(200 if told else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Stay silent: the calls are in `calls`."""


def says(text: Text, *, finish: str = "stop", pause: float = 0.0, tokens: int = 0) -> Behaviour:
    """Reply with a text, streamed in pieces; a function is given the call."""

    def body(call: Call) -> Iterator[bytes]:
        said = text(call) if callable(text) else text
        for start in range(0, len(said), PIECE):
            yield _event({"role": "assistant", "content": said[start : start + PIECE]})
            time.sleep(pause)
        yield _event({}, finish=finish, tokens=tokens)
        yield b"data: [DONE]\n\n"

    return Behaviour(body=body)


def points(chances: dict[str, float] | Callable[[Call], dict[str, float]]) -> Behaviour:
    """Say how probable each first token is, where that is asked for; a server that can't just says the likeliest."""

    def body(call: Call) -> Iterator[bytes]:
        found = chances(call) if callable(chances) else chances
        likeliest = max(found, key=lambda token: found[token])
        rivals = [{"token": token, "logprob": math.log(max(chance, 1e-9))} for token, chance in found.items()]
        content = [{"token": likeliest, "logprob": -0.1, "top_logprobs": rivals}]
        asked = bool(call.body.get("logprobs"))
        yield _event({"role": "assistant", "content": likeliest}, logprobs={"content": content} if asked else None)
        yield _event({}, finish="length")
        yield b"data: [DONE]\n\n"

    return Behaviour(body=body)


def answers(value: dict[str, Any] | Callable[[Call], dict[str, Any]]) -> Behaviour:
    """Reply with JSON in whichever mode it is wanted: as the text, or as the call of the offered tool."""

    def body(call: Call) -> Iterator[bytes]:
        said = json.dumps(value(call) if callable(value) else value)
        if call.mode == "tools":
            yield from calls_tool(call.body["tools"][0]["function"]["name"], said).body(call)
        else:
            yield from says(said).body(call)

    return Behaviour(body=body)


def calls_tool(name: str, arguments: str) -> Behaviour:
    """Call a tool, offered or not."""

    def body(call: Call) -> Iterator[bytes]:
        function = {"name": name, "arguments": arguments}
        tool = {"index": 0, "id": "call_1", "type": "function", "function": function}
        yield _event({"role": "assistant", "content": None, "tool_calls": [tool]})
        yield _event({}, finish="tool_calls")
        yield b"data: [DONE]\n\n"

    return Behaviour(body=body)


def fails(status: int, message: str = "it failed", *, retry_after: str | None = None) -> Behaviour:
    """Reply with an error as OpenAI words it."""
    error = json.dumps({"error": {"message": message, "type": "error", "code": status}}).encode()
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return Behaviour(body=lambda _: iter([error]), status=status, headers=headers, kind="application/json")


def sends(*parts: bytes, kind: str = "text/event-stream") -> Behaviour:
    """Send exactly these bytes, then close."""
    return Behaviour(body=lambda _: iter(parts), kind=kind)


def hangs(seconds: float = 30.0, first: bytes = b"") -> Behaviour:
    """Send a beginning, if any, and then nothing for so long."""

    def body(call: Call) -> Iterator[bytes]:
        yield first
        for _ in range(int(seconds / 0.05)):
            time.sleep(0.05)
            yield b""

    return Behaviour(body=body)


def never_ends(part: bytes | None = None, *, pause: float = 0.01) -> Behaviour:
    """Send the same part for ever; by default one more word of a reply."""
    repeated = part if part is not None else _event({"content": "word "})

    def body(call: Call) -> Iterator[bytes]:
        while True:
            yield repeated
            time.sleep(pause)

    return Behaviour(body=body)


def redirects(to: str) -> Behaviour:
    """Send the client elsewhere, with what it was going to say."""
    return Behaviour(body=lambda _: iter(()), status=307, headers={"location": to})


def event(delta: dict[str, Any], *, finish: str | None = None) -> bytes:
    """One event of a stream, for scripts that write their own."""
    return _event(delta, finish=finish)


def _event(
    delta: dict[str, Any], *, finish: str | None = None, tokens: int = 0, logprobs: dict[str, Any] | None = None
) -> bytes:
    chunk: dict[str, Any] = {
        "id": "reply",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "scripted",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": logprobs}],
    }
    if tokens:
        chunk["usage"] = {"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens}
    return f"data: {json.dumps(chunk)}\n\n".encode()
