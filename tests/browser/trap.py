"""A server that nobody has a reason to ask: it counts who does."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Every address in the page, in whatever draws it, that a browser would ask or lead to and that is not the page's own.
ELSEWHERE = """() => {
  const found = [], parsed = new Set(["src", "href", "xlink:href", "action", "formaction", "data", "poster",
    "background", "ping", "cite"]), read = new Set(["style", "srcset", "content", "imagesrcset"]);
  const foreign = value => {
    if (!URL.canParse(value, location)) return true;
    const to = new URL(value, location);
    return !["blob:", "data:", "about:"].includes(to.protocol) && to.host !== location.host;
  };
  const walk = root => {
    for (const one of root.querySelectorAll("*")) {
      for (const each of one.attributes) {
        const leads = parsed.has(each.name) && each.value && foreign(each.value);
        const names = read.has(each.name) && /:[/\\\\]|127[.]0/.test(each.value);
        if (leads || names) found.push(`${one.tagName} ${each.name}=${each.value}`);
      }
      if (one.tagName === "STYLE" && /(url[(]|@import).*127[.]0/.test(one.textContent)) found.push("STYLE");
      if (one.shadowRoot) walk(one.shadowRoot);
    }
  };
  walk(document);
  return found;
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """Where it is, and what it was asked for."""

    url: str
    visits: list[str] = field(default_factory=list[str])

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")


@contextmanager
def set_trap() -> Generator[Trap]:
    """Wait for visitors on loopback."""
    visits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815  # the base class names them so

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
            """Stay silent: the visits are in the list."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield Trap(url=f"http://127.0.0.1:{server.server_address[1]}", visits=visits)
    server.shutdown()
    server.server_close()
