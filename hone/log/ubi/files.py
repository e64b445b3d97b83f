"""A log read from a UBI file and written as one: one JSON object a line, after an action line in the bulk form."""

import codecs
import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TextIO, cast

import pydantic_core
from pydantic import ValidationError

from hone.log.rows import Event, LoggedSearch, to_json
from hone.log.searches import SearchLog
from hone.log.ubi.documents import EVENTS, QUERIES, event_document, event_from, query_document, search_from

Form = Literal["bulk", "lines"]
OPERATIONS = ("index", "create")  # what an action line may ask for
LONGEST_LINE = 10 * 1024 * 1024  # bytes; a search with its stages takes 20 kB
BATCH_LINES, BATCH_BYTES = 1000, 8 * 1024 * 1024  # a transaction; a search being logged waits for some 50 ms at most
BAD_KEPT = 1000
PROBLEMS_SHOWN = 5  # of one line
SHOWN_OF_VALUE = 60  # characters of a wrong value in its reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """How much an export wrote."""

    searches: int
    events: int


def export(
    log: SearchLog, out: TextIO, *, form: Form = "bulk", person: str | None = None, since: datetime | None = None
) -> Exported:
    """Write searches, then events, oldest first; after an import into an empty log, an export is the same."""
    written: Counter[str] = Counter()
    for record in log.stream(person=person, since=since):
        if isinstance(record, LoggedSearch):
            index, key, document = QUERIES, record.search_id, query_document(record)
        else:
            index, key, document = EVENTS, record.event_id, event_document(record)
        if form == "bulk":
            out.write(to_json({"index": {"_index": index, "_id": key}}) + "\n")
        out.write(to_json(document) + "\n")
        written[index] += 1
    return Exported(searches=written[QUERIES], events=written[EVENTS])


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that was not taken, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import took, and what it did not."""

    searches: int
    events: int
    duplicates: int  # searches and events that were here before, or stood in the file before
    bad: tuple[BadLine, ...]  # the first of them
    bad_lines: int  # all of them
    unknown_objects: int  # how often an id that was taken is not in the library
    unknown_searches: int  # events that were taken and name a search that is not in the log


def import_file(
    log: SearchLog,
    path: Path,
    *,
    known: Callable[[Iterable[str]], Set[str]] | None = None,
    progress: Callable[[int], object] | None = None,
) -> ImportReport:
    """Import the searches and events of a file, which may be gzipped, and report every bad line.

    `known` returns those of some ids that the library has; `progress` gets the number of bytes just read.
    """
    taking, read = _Import(log, known), 0
    with path.open("rb") as raw:
        stream = gzip.GzipFile(fileobj=raw) if raw.peek(2).startswith(b"\x1f\x8b") else raw
        for line in _lines(stream):
            taking.take(line)
            if taking.full():
                taking.store()
                if progress:
                    progress(raw.tell() - read)
                    read = raw.tell()
    return taking.report()


@dataclass(frozen=True, slots=True, kw_only=True)
class _UbiLine:
    number: int
    data: bytes = b""
    fault: str = ""


def _lines(stream: io.BufferedIOBase) -> Generator[_UbiLine]:
    number = 1
    try:
        while data := stream.readline(LONGEST_LINE + 1):
            if len(data) <= LONGEST_LINE or data.endswith(b"\n"):
                yield _UbiLine(number=number, data=data.removeprefix(codecs.BOM_UTF8) if number == 1 else data)
            else:
                while data and not data.endswith(b"\n"):
                    data = stream.readline(LONGEST_LINE)
                yield _UbiLine(number=number, fault=f"is longer than {LONGEST_LINE // 2**20} MB")
            number += 1
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield _UbiLine(number=number, fault=f"can't be decompressed, nor can anything after it ({error})")


class _Import:
    """One import under way: the batch that is being gathered, and the counts for the report."""

    def __init__(self, log: SearchLog, known: Callable[[Iterable[str]], Set[str]] | None) -> None:
        self._log, self._known = log, known
        self._searches: list[LoggedSearch] = []
        self._events: list[Event] = []
        self._bytes = 0
        self._action = 0  # the number of an action line whose document has not come yet
        self._counts: Counter[str] = Counter()
        self._bad: list[BadLine] = []
        self._homeless: Counter[str] = Counter()  # searches that events name before they came: events by search

    def take(self, line: _UbiLine) -> None:
        """Add a line to the batch, or to the bad ones."""
        action, text = self._action, line.data.strip()
        if not text and not line.fault:
            return
        self._action = 0
        try:
            if line.fault:
                raise ValueError(line.fault)
            document = _parsed(text)
            if _is_action(document):
                self._refuse_lone(action)
                self._action = line.number
            else:
                self._gather(document)
                self._bytes += len(text)
        except ValidationError as error:
            self._refuse(line.number, _reason(error))
        except ValueError as error:
            self._refuse(line.number, str(error))

    def full(self) -> bool:
        """Check whether the batch should be stored."""
        return len(self._searches) + len(self._events) >= BATCH_LINES or self._bytes >= BATCH_BYTES

    def store(self) -> None:
        """Write the batch in one transaction, and count what of it was new."""
        added = self._log.add(self._searches, self._events)
        self._counts["searches"] += len(added.searches)
        self._counts["events"] += len(added.events)
        self._counts["taken"] += len(self._searches) + len(self._events)
        if self._known:
            mentioned = [item for search in (*added.searches, *added.fuller) for item in search.shown]
            mentioned += [event.object_id for event in added.events if event.object_id]
            known = self._known(frozenset(mentioned))
            self._counts["unknown objects"] += sum(item not in known for item in mentioned)
        named = Counter(event.search_id for event in added.events if event.search_id)
        self._homeless.update({search: named[search] for search in self._log.lacking(named)})
        self._searches, self._events, self._bytes = [], [], 0

    def report(self) -> ImportReport:
        """Store the last batch and sum up."""
        self._refuse_lone(self._action)
        self.store()
        counts = self._counts
        return ImportReport(
            searches=counts["searches"],
            events=counts["events"],
            duplicates=counts["taken"] - counts["searches"] - counts["events"],
            bad=tuple(self._bad),
            bad_lines=counts["bad"],
            unknown_objects=counts["unknown objects"],
            unknown_searches=sum(self._homeless[search] for search in self._log.lacking(self._homeless)),
        )

    def _gather(self, document: Any) -> None:
        if not isinstance(document, dict):
            raise ValueError(f"is {_shown(document)}, but should be a JSON object")
        fields = cast("dict[str, Any]", document)
        content = json.dumps(fields, sort_keys=True, allow_nan=False)  # refuses 1e999, which no JSON reader gives back
        if "action_name" in fields:
            self._events.append(event_from(fields, content))
        elif "user_query" in fields:
            self._searches.append(search_from(fields))
        else:
            raise ValueError("has neither user_query (a search) nor action_name (an event)")

    def _refuse(self, number: int, reason: str) -> None:
        self._counts["bad"] += 1
        if len(self._bad) < BAD_KEPT:
            self._bad.append(BadLine(number=number, reason=reason))

    def _refuse_lone(self, action: int) -> None:
        if action:
            self._refuse(action, "is an action line without a document after it")


def _parsed(text: bytes) -> Any:
    try:
        return pydantic_core.from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise ValueError(f"is not JSON: {str(error).replace('at line 1 column', 'at column')}") from error


def _is_action(document: Any) -> bool:
    if not isinstance(document, dict) or len(cast("dict[str, Any]", document)) != 1:
        return False
    ((operation, target),) = cast("dict[str, Any]", document).items()
    return operation in OPERATIONS and isinstance(target, dict)


def _reason(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, problem['loc']))} is missing"
        if problem["type"] == "missing"
        else f"{'.'.join(map(str, problem['loc']))} is {_shown(problem['input'])}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_context=False)[:PROBLEMS_SHOWN]
    )


def _shown(value: Any) -> str:
    shown = json.dumps(value, default=str)
    return shown if len(shown) <= SHOWN_OF_VALUE else f"{shown[:SHOWN_OF_VALUE]}…"
