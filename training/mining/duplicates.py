"""Passages that say the same to the letter: spelling, spacing and the line of titles above the text aside."""

import hashlib
from collections.abc import Iterator, Sequence

LEAST = 40  # characters; shorter rests stand in many passages that say different things above them


class Copies:
    """Finds the passages of a text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._rows: dict[bytes, list[int]] = {}
        for row, text in enumerate(texts):
            for mark in _marks(text):
                self._rows.setdefault(mark, []).append(row)

    def of(self, text: str) -> Iterator[int]:
        """Give the rows of all passages with this text, with titles above it or without."""
        for mark in _marks(text):
            yield from self._rows.get(mark, ())


def _marks(text: str) -> set[bytes]:
    """Hash the whole, and what stands below its first line, which names document and headings."""
    _, _, rest = text.partition("\n")
    parts = {" ".join(part.casefold().split()) for part in (text, rest)}
    whole = " ".join(text.casefold().split())
    return {
        hashlib.blake2b(part.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        for part in parts
        if part == whole or len(part) >= LEAST
    }
