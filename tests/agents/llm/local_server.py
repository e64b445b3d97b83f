"""A child that is a model's server to whoever starts it: it answers on its port, and ends with its parent."""

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        said = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Stay silent."""


def _end_with_parent() -> None:
    while sys.stdin.readline():
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.stdin.readline()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    HTTPServer(("127.0.0.1", int(sys.argv[1])), _Healthy).serve_forever()
