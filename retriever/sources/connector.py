"""What a source says about its documents, in the same few records whatever it is.

`tests/retriever/sources/test_conformance.py` is what every connector must pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hone.errors import HoneError
from retriever.reading.limits import Cause
from retriever.reading.parsed import Parsed


class UnreachableError(HoneError):
    """Raised when a source can't be reached or breaks off: nothing of it is removed, and the next sync continues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceItem:
    """A document as a listing names it; what is known only when it is fetched may be filled in then."""

    id: str  # the source's own name for it, which no other has; the path where there is no better one
    path: str  # where people find it in the source; no two have the same
    version: str  # another one means that it may have changed; empty: only fetching it shows that
    name: str = ""  # its file name, whose suffixes say the format; empty: it comes as text, and nothing parses it
    document: str = ""  # the id to have in the library if it is free; empty: the source's name and the path
    handle: str = ""  # what the connector needs to fetch it, beside all this
    readers: frozenset[str] | None = None  # None: whoever the source's settings say
    title: str = ""  # empty: the parser finds one
    url: str = ""  # empty: the source's url and the path
    modified: datetime | None = None  # None: when it was fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedItem:
    """A document that was listed once and is no more; only for listings that name what changed."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableItem:
    """A thing in the source that can't become a document."""

    path: str
    version: str  # another one means: say it again
    reason: str
    cause: Cause = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingEnd:
    """The last word of a listing: without it, the listing was cut off and nothing is removed."""

    complete: bool = True  # all that the source has was listed, so what wasn't is gone
    cursor: str = ""  # where the next listing may go on; empty: it lists everything again


ListingEntry = SourceItem | RemovedItem | UnreadableItem | ListingEnd
Body = Path | bytes | Parsed  # a file on this machine, a file's bytes, or text that needs no parser


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedItem:
    """A document's content, with all that is known of it by now."""

    item: SourceItem
    body: Body


class Connector(Protocol):
    """Lists a source's documents and fetches them one by one.

    Both raise UnreachableError when the source fails; `fetch` raises Refused for one document that can't be had.
    """

    def list(self, cursor: str) -> Iterator[ListingEntry]:
        """Name every document once; or, of a cursor that is understood, only what changed since."""
        ...

    def fetch(self, item: SourceItem) -> FetchedItem:
        """Get one document of the listing."""
        ...
