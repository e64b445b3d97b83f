"""A wire to the app that can be cut and mended, as networks are."""

import socket
import threading
from contextlib import suppress

PIECE = 1 << 16


class Relay:
    """Passes bytes on between browsers and an app; while it is cut, nothing passes and nobody is let in."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._cut = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._let_in, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._door.getsockname()[1]}"

    def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        self._cut.set()
        with self._lock:
            broken, self._open = self._open, set()
        for each in broken:
            _close(each)

    def mend(self) -> None:
        """Let new connections in."""
        self._cut.clear()

    def close(self) -> None:
        """End for good."""
        self.cut()
        _close(self._door)

    def _let_in(self) -> None:
        while True:
            try:
                browser, _ = self._door.accept()
            except OSError:
                return
            if self._cut.is_set():
                _close(browser)
                continue
            app = socket.create_connection(("127.0.0.1", self._to))
            with self._lock:
                self._open |= {browser, app}
            for one, other in ((browser, app), (app, browser)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(PIECE):
                other.sendall(piece)
        with self._lock:
            self._open -= {one, other}
        _close(one)
        _close(other)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
