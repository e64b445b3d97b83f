"""A document as its reader may see it: its text, the words that were cited in it, and a link to the place."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from hone.errors import HoneError, MissingError
from hone.records import Asker, Document, Passage
from retriever.library.library import Library
from retriever.library.rows import Placed

AROUND = 1200  # characters shown before and after what was cited
PAGED = frozenset({"pdf"})
ANCHORED = frozenset({"md", "html", "htm", "rst", "adoc"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """A stretch of a document with words to highlight in it."""

    document: Document
    before: str
    marked: str  # exactly what was cited
    after: str
    starts: bool  # whether `before` begins where the document does
    ends: bool
    heading: tuple[str, ...]
    page: int | None
    link: str  # where people open the document, at the place if its kind has places; empty if it is known nowhere


def document_of(library: Library, document: str, asker: Asker) -> Document:
    """Find a document by its id; one that the asker can't access does not exist."""
    try:
        found = library.document(document)
    except HoneError as error:
        raise missing(document) from error
    if found.id != document or not asker.may_read(found.groups):
        raise missing(document)
    return found


def documents_of(library: Library, ids: Iterable[str], asker: Asker) -> dict[str, Document]:
    """Find documents that the asker may read; the others are left out."""
    found: dict[str, Document] = {}
    for name in ids:
        try:
            found[name] = document_of(library, name, asker)
        except MissingError:
            continue
    return found


def passages_of(library: Library, ids: Iterable[str], asker: Asker) -> dict[str, Placed]:
    """Find passages that the asker may read, with their documents; the others are left out."""
    wanted = list(dict.fromkeys(ids))
    placed = library.place(wanted) if wanted else {}
    return {name: found for name, found in placed.items() if asker.may_read(found.document.groups)}


def view_of(library: Library, document: str, asker: Asker, start: int, end: int) -> DocumentView:
    """Show what stands around some characters of a document."""
    found = document_of(library, document, asker)
    text = library.text(found.id)
    start = min(max(0, start), len(text))
    end = min(max(start, end), len(text))
    first, last = _from(text, start - AROUND), _to(text, end + AROUND)
    around = _passage_at(library.passages(found.id), start)
    page = around.page if around else None
    heading = around.heading if around else ()
    return DocumentView(
        document=found,
        before=text[first:start],
        marked=text[start:end],
        after=text[end:last],
        starts=first == 0,
        ends=last == len(text),
        heading=heading,
        page=page,
        link=link_to(found.url, found.kind, page, heading),
    )


def link_to(url: str, kind: str, page: int | None = None, heading: tuple[str, ...] = ()) -> str:
    """Link to a place in a document: a PDF's page, or a heading's anchor as Markdown renderers name it."""
    if not url.startswith(("http://", "https://")):
        return ""
    if "#" in url:
        return url
    if kind in PAGED and page:
        return f"{url}#page={page}"
    if kind in ANCHORED and heading and (anchor := _anchor(heading[-1])):
        return f"{url}#{anchor}"
    return url


def _anchor(heading: str) -> str:
    plain = unicodedata.normalize("NFC", heading).casefold()
    return re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")


def _passage_at(passages: list[Passage], place: int) -> Passage | None:
    return next((passage for passage in passages if passage.start <= place < passage.end), None)


def _from(text: str, place: int) -> int:
    """Begin at a line, or at least not inside a word."""
    if place <= 0:
        return 0
    line, space = text.find("\n", place, place + 200), text.find(" ", place, place + 200)
    return (line if line >= 0 else max(space, place - 1)) + 1


def _to(text: str, place: int) -> int:
    if place >= len(text):
        return len(text)
    line, space = text.rfind("\n", place - 200, place), text.rfind(" ", place - 200, place)
    return line if line >= 0 else (space if space >= 0 else place)


def missing(document: str) -> MissingError:
    """Say that there is no such document; of one that is closed, nothing else is said."""
    return MissingError(f"There is no document {document!r}.", hint="It may have been moved, renamed or deleted.")
