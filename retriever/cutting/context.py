"""What the encoder reads of a passage: where it is, what it needs, and its text."""

from functools import lru_cache

from hone.records import Passage

# No tokenizer makes more tokens than bytes, so this bounds what a title takes away from the text.
TITLE_BYTES = 80


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
