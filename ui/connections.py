"""How many connections may be open, and how long each may take to send a request; whoever is slow makes room first.

A websocket or a reply that streams may last for days. What is limited is a request that does not arrive, and a reply
that nobody reads.
"""

import asyncio
import logging
import resource
from collections import Counter
from dataclasses import dataclass
from errno import EMFILE, ENFILE
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.callers import comes_from
from hone.settings import Settings

log = logging.getLogger(__name__)

QUIET = 60.0  # seconds between two lines about connections
RESERVED = 256  # open files that are left for databases, indexes, models and what we ask ourselves
OURS = 64  # bits of an IPv6 address that one customer has; the rest is theirs to choose

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
CROWDED = b"Too many connections are open. Try again in a moment.\n"
TOO_MANY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 10\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(CROWDED), CROWDED)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What connections may take."""

    everybody: int  # connections open at once
    one: int  # of these, from one address
    proxies: tuple[str, ...] = ()  # addresses that many people come through, which `one` does not hold for
    head: float = 15.0  # seconds from a connection's start, or from the last reply, to the end of a request's headers
    body: float = 30.0  # seconds from there to the end of the body, which has a megabyte at most
    reply: float = 60.0  # seconds that a reply waits for a reader who takes none of it


def limits_of(settings: Settings, files: int) -> Limits:
    """Take the limits from the settings, and fewer connections where the process may not open that many files."""
    serve = settings.serve
    return Limits(
        everybody=max(1, min(serve.connections, files - RESERVED)),
        one=serve.per_address,
        proxies=settings.identity.proxies,
    )


def raise_file_limit() -> int:
    """Let this process open as many files as it may, and return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError) as error:  # a system whose hard limit is not one that it accepts
        log.warning("The limit of open files couldn't be raised from %d: %s", soft, error)
        return soft
    return hard


class Config(uvicorn.Config):
    """Uvicorn's settings with limits of connections; every server needs one of its own."""

    def __init__(self, app: ASGIApp, limits: Limits, **options: Any) -> None:
        super().__init__(app, http=LimitedHttp, ws=LimitedWebSocket, **options)
        self.connections = Connections(limits)


class Connections:
    """The connections that are open, oldest first."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: dict[asyncio.BaseTransport, tuple[str, LimitedHttp]] = {}
        self._by_address = Counter[str]()
        self._counts = Counter[str]()
        self._quiet: asyncio.TimerHandle | None = None

    def enter(self, connection: "LimitedHttp") -> bool:
        """Let a connection in if there is room or somebody slow to make it."""
        address = _network(connection.client)
        limits, of_proxy = self.limits, comes_from({"client": connection.client}, self.limits.proxies)
        full = len(self._open) >= limits.everybody
        crowded = not of_proxy and self._by_address[address] >= limits.one
        if (full or crowded) and not self._make_room(address if crowded else ""):
            self.note("were refused because too many are open")
            return False
        self._open[connection.transport] = (address, connection)
        self._by_address[address] += 1
        return True

    def leave(self, transport: asyncio.BaseTransport) -> None:
        """Note that a connection is closed."""
        if (entry := self._open.pop(transport, None)) is not None:
            self._by_address[entry[0]] -= 1
            if not self._by_address[entry[0]]:
                del self._by_address[entry[0]]

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Keep asyncio from logging each connection that it can't take; it tries two thousand times a second."""

        def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            error = context.get("exception")
            if isinstance(error, OSError) and error.errno in (EMFILE, ENFILE):
                self.note("couldn't be accepted because this process may open no more files")
            else:
                loop.default_exception_handler(context)

        loop.set_exception_handler(handle)

    def note(self, what: str) -> None:
        """Log what happened to a connection: the first time at once, then one line a minute with the number."""
        self._counts[what] += 1
        if self._quiet is None:
            self._say()

    def _say(self) -> None:
        self._quiet = None
        if self._counts:
            said = "; ".join(f"{count:,} {what}" for what, count in sorted(self._counts.items()))
            log.error("Connections: %s.", said)
            self._counts.clear()
            self._quiet = asyncio.get_running_loop().call_later(QUIET, self._say)

    def _make_room(self, address: str) -> bool:
        """Close the oldest connection that owes us a request, of one address or of any."""
        for transport, (whose, connection) in self._open.items():
            if connection.owes and address in ("", whose):
                self.leave(transport)
                self.note("were closed to make room, before they had sent a request")
                connection.give_up()
                return True
        return False


class LimitedHttp(H11Protocol):
    """A connection that is closed when its request does not arrive, or its reply is not read."""

    def __init__(self, config: Config, **others: Any) -> None:
        super().__init__(config, **others)
        self._all = config.connections
        self._stage: tuple[object, object] | None = None  # what is waited for, and after which request
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._came = False

    @property
    def owes(self) -> bool:
        """Check whether no whole request has come, so that nothing is being answered here."""
        return self._stage is not None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # as in uvicorn
        """Take a connection, or refuse it at once."""
        super().connection_made(transport)
        if self._all.enter(self):
            self._look()
        else:
            transport.write(TOO_MANY)
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Read what has come; what comes too late is ignored."""
        if self.transport.is_closing():
            return
        self._came = True
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._came = False
        super().on_response_complete()
        self._look()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over to a websocket, which owes no request and may stay."""
        self._stop()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """Wait for a reader who has enough unread."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._all.limits.reply, self._abort)

    def resume_writing(self) -> None:
        """Continue with a reader who reads again."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._stop()
        self.resume_writing()
        self._all.leave(self.transport)
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Close a connection that has sent no whole request."""
        self._stop()
        if self._came and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(TOO_SLOW)
        self.transport.close()

    def _look(self) -> None:
        """Start a clock when something else is waited for; what trickles in does not turn it back."""
        states = {h11.IDLE: self._all.limits.head, h11.SEND_BODY: self._all.limits.body}
        state = self.conn.their_state
        if self.transport.is_closing() or state not in states or self.transport.get_protocol() is not self:
            self._stop()
        elif (stage := (state, self.cycle)) != self._stage:
            self._stop()
            self._stage = stage
            self._timer = self.loop.call_later(states[state], self._late)

    def _stop(self) -> None:
        self._stage = None
        if self._timer is not None:
            self._timer.cancel()

    def _late(self) -> None:
        if self._came:  # browsers open connections that they may never use
            self._all.note("were closed because their request did not arrive in time")
        self.give_up()

    def _abort(self) -> None:
        self._all.note("were closed because nobody read their reply")
        self.transport.abort()


class LimitedWebSocket(WebSocketsSansIOProtocol):
    """A websocket that counts as a connection for as long as it is open."""

    def __init__(self, config: Config, **others: Any) -> None:
        super().__init__(config, **others)
        self._all = config.connections

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._all.leave(self.transport)
        super().connection_lost(exc)


def _network(client: tuple[str, int] | None) -> str:
    """Find the address that a connection counts for."""
    try:
        address = ip_address(client[0] if client else "")
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, OURS), strict=False))
    return str(address)
