"""A small office for training's tests: a library written directly, and a log that tests write in one line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hone.log.asks import AskLog, LoggedAsk
from hone.log.rows import Event, LoggedSearch
from hone.records import EVERYONE, Document, Passage
from hone.workspace import Workspace
from retriever.library.librarian import Librarian
from retriever.library.rows import Fingerprint, StoredDocument
from training.evidence.rules import Rules
from training.evidence.usable import Usable, find_usable

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MORNING = NOW - timedelta(days=1, hours=3)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def shelved(name: str, *texts: str, groups: frozenset[str] = frozenset({EVERYONE}), title: str = "") -> StoredDocument:
    """Make a document of passages; the first one's id is `<name>#0`."""
    document = Document(
        id=name,
        source="wiki",
        path=name,
        title=title or name,
        kind="md",
        url="",
        groups=groups,
        modified=MORNING,
        text_hash=name,
    )
    passages = tuple(
        Passage(
            id=f"{name}#{place}",
            document=name,
            ordinal=place,
            heading=(title or name, f"Part {place}"),
            preface="",
            text=text,
            start=0,
            end=len(text),
        )
        for place, text in enumerate(texts)
    )
    fingerprint = Fingerprint(item=name, version="1", content_hash=name)
    return StoredDocument(
        document=document,
        text="\n".join(texts),
        syntax="markdown",
        warnings=(),
        fingerprint=fingerprint,
        passages=passages,
    )


@dataclass(slots=True, kw_only=True)
class Office:
    """Writes documents, searches and what people do with them; ids count up."""

    workspace: Workspace
    searches: list[LoggedSearch] = field(default_factory=list[LoggedSearch])
    events: list[Event] = field(default_factory=list[Event])
    asks: list[LoggedAsk] = field(default_factory=list[LoggedAsk])
    _ids: Iterator[int] = field(default_factory=count)

    def shelve(self, *documents: StoredDocument) -> None:
        """Put documents into the library."""
        Librarian(self.workspace.database).put(documents)

    def search(
        self, person: str, query: str, shown: Sequence[str], at: datetime = MORNING, **more: Any
    ) -> LoggedSearch:
        """Log a search; passages are `<document>#<number>`."""
        fields: dict[str, Any] = {
            "search_id": f"s{next(self._ids)}",
            "person": person,
            "query": query,
            "timestamp": at,
            "shown": tuple(shown),
            "documents": tuple(name.partition("#")[0] for name in shown),
            **more,
        }
        self.searches.append(LoggedSearch(**fields))
        return self.searches[-1]

    def act(self, search: LoggedSearch, action: str, passage: str = "", **more: Any) -> Event:
        """Log what the searcher did, ten seconds later unless said otherwise."""
        fields: dict[str, Any] = {
            "event_id": f"e{next(self._ids)}",
            "action": action,
            "search_id": search.search_id,
            "person": search.person,
            "object_id": passage,
            "ordinal": search.shown.index(passage) + 1 if passage in search.shown else None,
            "timestamp": search.timestamp + 10 * SECOND,
            **more,
        }
        self.events.append(Event(**fields))
        return self.events[-1]

    def ask(self, searches: Sequence[LoggedSearch], cited: Sequence[str], question: str = "", **more: Any) -> LoggedAsk:
        """Log an answer from searches; what it cites passed the check."""
        first = searches[0]
        claims = tuple(
            {"text": "So it is.", "support": "quoted", "citations": [_citation(passage)]} for passage in cited
        )
        fields: dict[str, Any] = {
            "ask_id": f"a{next(self._ids)}",
            "thread": f"t{next(self._ids)}",
            "client_id": first.person,
            "question": question or first.query,
            "timestamp": first.timestamp + 2 * SECOND,
            "text": "So it is.",
            "verdict": "sufficient",
            "model": "hash",
            "generation": "g1",
            "llm": "",
            "prompts": "",
            "probability": 0.9,
            "plan": {"standalone": question or first.query},
            "searches": tuple(
                {"id": f"q{place}", "text": item.query, "reason": "asked", "search_id": item.search_id}
                for place, item in enumerate(searches)
            ),
            "evidence": tuple(cited),
            "claims": claims,
            "signals": {},
            "degraded": (),
            "took_ms": {},
            **more,
        }
        self.asks.append(LoggedAsk(**fields))
        return self.asks[-1]

    def write(self) -> None:
        """Put all of it into the log."""
        for start in range(0, max(len(self.searches), len(self.events)), 5000):
            self.workspace.log.add(self.searches[start : start + 5000], self.events[start : start + 5000])
        log = AskLog(self.workspace.log_database)
        for ask in self.asks:
            log.record(ask)
        self.searches, self.events, self.asks = [], [], []

    def usable(self, rules: Rules | None = None) -> Usable:
        """Write what is left and see what is usable of it."""
        self.write()
        return find_usable(self.workspace, rules or Rules(), now=NOW)


def _citation(passage: str) -> dict[str, Any]:
    return {"number": 1, "passage": passage, "document": passage.partition("#")[0], "quote": "So"}


def reasons(usable: Usable) -> dict[str, int]:
    """Sum what was dropped by reason."""
    found: dict[str, int] = {}
    for item in usable.dropped:
        found[item.reason] = found.get(item.reason, 0) + item.count
    return found
