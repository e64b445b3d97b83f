"""A proxy on loopback that says who asks, as one in front of Hone would; it may ask from an address of its choice."""

import contextlib
import socket
import threading
from dataclasses import dataclass, field

METHODS = (b"GET ", b"POST ", b"DELETE ", b"HEAD ")


@dataclass
class NamingProxy:
    """Passes every connection on, with headers added to each request."""

    port: int  # of the server behind it
    headers: dict[str, str] = field(default_factory=dict[str, str])
    source: str = "127.0.0.1"  # the address it asks from

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def stop(self) -> None:
        """Take no more connections."""
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                behind = socket.create_connection(("127.0.0.1", self.port), source_address=(self.source, 0))
                for pair in ((client, behind, True), (behind, client, False)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket, asks: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(self._named(data) if asks and data.startswith(METHODS) else data)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _named(self, request: bytes) -> bytes:
        first, rest = request.split(b"\r\n", 1)
        added = b"".join(f"{name}: {value}\r\n".encode() for name, value in self.headers.items())
        return first + b"\r\n" + added + rest
