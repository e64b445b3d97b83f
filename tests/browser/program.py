"""A program of the workspace's owner: it asks and rates through the running app, in anybody's name."""

import http.client
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.served import Served


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Calls the API in the name of one person."""

    app: Served
    person: str

    def call(self, method: str, path: str, body: object = None) -> str:
        """Send a request and give the reply's text; anything but a success fails."""
        headers = {
            "X-Hone-Key": self.app.announced["key"],
            "X-Hone-As": self.person,
            "Content-Type": "application/json",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.app.port, timeout=180)
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        assert reply.status < 300, text
        return text

    def ask(self, question: str, thread: str = "") -> dict[str, Any]:
        """Ask, and give the last event."""
        told = self.call("POST", "/api/ask", {"question": question, "thread": thread})
        return json.loads(re.findall("^data: (.*)$", told, re.MULTILINE)[-1])

    def search(self, question: str) -> dict[str, Any]:
        """Search, and give the page of hits."""
        return json.loads(self.call("GET", f"/api/search?q={quote(question)}&k=10"))
