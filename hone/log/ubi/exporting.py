"""A log written as UBI: one JSON object a line, after an action line in the bulk form."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TextIO

from hone.log.rows import LoggedSearch, to_json
from hone.log.searches import SearchLog
from hone.log.ubi.documents import EVENTS, QUERIES, event_document, query_document

Form = Literal["bulk", "lines"]


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
