"""What an encoder reads of a passage, the id that names exactly that, and the ruler that measures text against it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from uuid import UUID

from hone.errors import UsageError
from hone.records import Passage

# No tokenizer makes more tokens than bytes, so this bounds what a title takes away from the text.
TITLE_BYTES = 80
Count = Callable[[str], int]
# A title takes at most 80 tokens (context.py), a heading a quarter of the window; less leaves no room for text.
SMALLEST = 120


def embedded_text(title: str, passage: Passage) -> str:
    """Build what the encoder reads of a passage: title and headings in a line, preface, text."""
    return compose(title, passage.heading, passage.preface, passage.text)


def compose(title: str, heading: tuple[str, ...], preface: str, text: str) -> str:
    """Join the parts of a passage as the encoder reads them."""
    shown = clipped(title)
    path = heading if heading and _same(heading[0], title) else (shown, *heading)
    line = " › ".join(part for part in path if part)
    return "\n".join(part for part in (line, preface, text) if part)


@lru_cache(maxsize=256)
def clipped(title: str) -> str:
    """Shorten a long title at a word."""
    words = " ".join(title.split())
    if len(words.encode()) <= TITLE_BYTES:
        return words
    cut = words.encode()[: TITLE_BYTES - len("…".encode())].decode(errors="ignore")
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "…"


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The tokens an encoder reads of one passage, and how to count them."""

    limit: int  # what title, headings, preface and text may take together; special tokens and prompt already taken off
    count: Count  # tokens of a text, without special ones

    def __post_init__(self) -> None:
        if self.limit < SMALLEST:
            raise UsageError(
                f"The encoder's window of {self.limit} tokens is too small; it needs at least {SMALLEST}.",
                hint="Use an encoder with a larger max_seq_length, or a shorter passage prompt.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruler:
    """One document's text measured against a window, each context counted once."""

    text: str
    title: str
    window: Window
    contexts: dict[tuple[tuple[str, ...], str], int] = field(default_factory=dict[tuple[tuple[str, ...], str], int])

    def tokens(self, start: int, end: int) -> int:
        """Count the tokens of a stretch."""
        return self.window.count(self.text[start:end])

    def context(self, heading: tuple[str, ...], preface: str) -> int:
        """Count the tokens of what is encoded before a passage's text."""
        key = (heading, preface)
        if key not in self.contexts:
            self.contexts[key] = self.window.count(compose(self.title, heading, preface, ""))
        return self.contexts[key]

    def room(self, heading: tuple[str, ...], preface: str) -> int:
        """Count the tokens left for text under these headings and this preface."""
        return self.window.limit - self.context(heading, preface)

    def leaves_room(self, heading: tuple[str, ...], preface: str) -> bool:
        """Check whether text still has room under these headings and this preface."""
        return self.room(heading, preface) >= self.part(4)

    def holds(self, heading: tuple[str, ...], preface: str, start: int, end: int) -> bool:
        """Check whether what the encoder would read of a stretch fits, counted as a whole."""
        return self.window.count(compose(self.title, heading, preface, self.text[start:end])) <= self.window.limit

    def part(self, share: int) -> int:
        """Return this fraction of the window, in tokens."""
        return self.window.limit // share


def passage_id(document: str, heading: Sequence[str], preface: str, text: str, occurrence: int = 1) -> str:
    """Name a passage; of several that are alike in a document, each has the number of its occurrence."""
    identity = "\0".join((document, "\1".join(heading), preface, text)).encode(errors="surrogatepass")
    return str(UUID(bytes=blake2b(b"%d\0%b" % (occurrence, identity), digest_size=16).digest()))


def is_as_cut(passage: Passage) -> bool:
    """Check whether a passage is what was cut from its document: its id fits its text."""
    named = (passage.document, passage.heading, passage.preface, passage.text)
    # Its occurrence is not kept, and can't be larger than the number of passages before it.
    return any(passage_id(*named, occurrence) == passage.id for occurrence in range(1, passage.ordinal + 2))


def hash_text(text: str) -> str:
    """Hash a document's text, as the library keeps it beside the text."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
