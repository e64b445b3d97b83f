"""A client of the app that runs on this workspace: it has everything loaded, which takes another process seconds.

If the app can't answer, for whatever reason, the caller gets None and does the work itself, unnoticed.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from hone.errors import HoneError
from service.address import Address, answering, is_served, read_address

if TYPE_CHECKING:
    from hone.records import Asker, Filters, SearchResult
    from hone.settings import Settings
    from retriever.searching.explain import Explanation

CONNECT = 0.3  # seconds; it is on this machine
SEARCH = 30.0  # seconds that a search may take there before it is done here
PATIENCE = 30.0  # seconds beyond what an ask may take, between two of its events

UNANSWERED = (OSError, http.client.HTTPException, ValueError, TypeError, KeyError, StopIteration)
ENDED = ("failed", "stopped")  # events that end an ask without an answer

EventJson = dict[str, Any]


Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Generic[Record]):
    """The app's reply: its exact text, and the record that the same call here would return."""

    text: str
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The running app of a workspace, and how long its answers may take."""

    address: Address
    ask_seconds: float

    def ready(self) -> bool:
        """Check whether the app answers questions."""
        return self._request("GET", "/readyz") is not None

    def search(self, text: str, asker: Asker, filters: Filters, hits: int | None) -> Reply[SearchResult] | None:
        """Search with the app."""
        from cli.from_json import result_of

        query = {**_query(text, filters), "k": hits}
        return self._reply("/api/search", asker, query, lambda told: result_of(told, asker, filters))

    def explain(self, text: str, asker: Asker, filters: Filters, document: str) -> Reply[Explanation] | None:
        """Explain a document's rank; of a document that the asker can't read, the app says nothing."""
        from cli.from_json import explanation_of

        query = {**_query(text, filters), "document": document}
        return self._reply("/api/search/why", asker, query, explanation_of)

    def ask(self, question: str, asker: Asker, thread: str) -> Generator[EventJson] | None:
        """Ask the app, and yield each event as `hone ask --json` prints it; None if the answer wasn't begun."""
        body = json.dumps({"question": question, "thread": thread})
        headers = self._headers(asker) | {"Content-Type": "application/json"}
        try:
            connection = self._connect(self.ask_seconds + PATIENCE)
            connection.request("POST", "/api/ask", body=body, headers=headers)
            reply = connection.getresponse()
            events = _events(reply) if reply.status == http.client.OK else iter(())
            run = str(next(events)["run"])
            with self._stopped_when_left(run, asker):
                first = next(events)
        except UNANSWERED:
            return None
        if first["event"] in ENDED:  # a wrong question, which gets a better message here
            connection.close()
            return None
        return self._followed(connection, chain((first,), events), run, asker)

    def _followed(
        self, connection: http.client.HTTPConnection, events: Iterator[EventJson], run: str, asker: Asker
    ) -> Generator[EventJson]:
        """Yield the events of an answer that was begun; it can't start again here, since half of it may be printed."""
        answered = False
        with closing(connection), self._stopped_when_left(run, asker):
            try:
                for event in events:
                    if event["event"] == "failed":
                        raise HoneError(event["message"], hint=event["hint"])
                    answered = answered or event["event"] == "answered"
                    if event["event"] not in ENDED:
                        yield event
            except UNANSWERED as error:
                raise HoneError("The running app stopped in the middle of its answer.", hint="Ask again.") from error
            if not answered:
                raise HoneError("The answer was stopped in the running app.", hint="Ask again.")

    @contextmanager
    def _stopped_when_left(self, run: str, asker: Asker) -> Generator[None]:
        """Stop the answer when its reader goes away."""
        try:
            yield
        except (KeyboardInterrupt, GeneratorExit):
            self._request("DELETE", f"/api/ask/{quote(run, safe='')}", asker)
            raise

    def _reply(
        self, path: str, asker: Asker, query: Mapping[str, object], made: Callable[[EventJson], Record]
    ) -> Reply[Record] | None:
        given = {name: value for name, value in query.items() if value not in (None, "", [])}
        body = self._request("GET", f"{path}?{urlencode(given, doseq=True)}", asker)
        try:
            return Reply(text=body, record=made(json.loads(body))) if body else None
        except UNANSWERED:  # another version of Hone, or something else
            return None

    def _request(self, method: str, path: str, asker: Asker | None = None) -> str | None:
        try:
            with closing(self._connect(SEARCH)) as connection:
                connection.request(method, path, headers=self._headers(asker) if asker else {})
                reply = connection.getresponse()
                return reply.read().decode() if reply.status == http.client.OK else None
        except UNANSWERED:
            return None

    def _connect(self, seconds: float) -> http.client.HTTPConnection:
        where = urlsplit(self.address.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=CONNECT)
        connection.connect()
        opened: socket.socket = connection.sock
        opened.settimeout(seconds)
        return connection

    def _headers(self, asker: Asker) -> dict[str, str]:
        return {"X-Hone-Key": self.address.key, "X-Hone-As": asker.name}


def app_of(settings: Settings) -> App | None:
    """Find the app that serves a workspace, if one does and answers by the same settings."""
    address = read_address(settings.home)
    if address is None or address.answering != answering(settings) or not is_served(settings.home):
        return None
    return App(address=address, ask_seconds=settings.ask.seconds)


def _query(text: str, filters: Filters) -> dict[str, object]:
    return {
        "q": text,
        "source": sorted(filters.sources),
        "kind": sorted(filters.kinds),
        "path": filters.path,
        "since": filters.since.date().isoformat() if filters.since else None,
        "until": filters.until.date().isoformat() if filters.until else None,
    }


def _events(reply: http.client.HTTPResponse) -> Iterator[EventJson]:
    """Read server-sent events; each has one object as its data."""
    data: list[str] = []
    for line in reply:
        text = line.decode().rstrip("\r\n")
        if text.startswith("data:"):
            data.append(text[5:].removeprefix(" "))
        elif not text and data:
            yield json.loads("\n".join(data))
            data.clear()
