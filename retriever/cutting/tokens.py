"""Counts tokens as an encoder's tokenizer would, fast: words and lines repeat, so each is encoded once."""

import json
import re
from pathlib import Path

from tokenizers import Tokenizer

from hone.errors import HoneError
from retriever.cutting.window import Window

ENTRIES = 500_000  # about 60 MB of short words; a full cache starts over
SPELLED = 100  # characters: the longest word that BERT looks up
UNKNOWN = 4  # characters counted as a token in words that a tokenizer gives up on: BERT makes one token of a megabyte
LONGEST = 400  # characters: a longer word or line is unlikely to come again

_ASCII_PIECE = re.compile(r"[A-Za-z0-9]+|[^A-Za-z0-9]")


def open_window(tokenizer: Path, max_tokens: int, prompt: str = "") -> Window:
    """Make the window of an encoder from its tokenizer.json, its maximum length and its passage prompt."""
    try:
        loaded = Tokenizer.from_file(str(tokenizer))
    except Exception as error:  # the Rust side raises bare Exception for every cause
        raise HoneError(
            f"The tokenizer {tokenizer} can't be read: {error}",
            hint="Restore the model's folder, or choose another model.",
        ) from error
    loaded.no_truncation()
    loaded.no_padding()
    count = _Words(loaded) if _splits_at_whitespace(loaded) else _Lines(loaded)
    special = loaded.num_special_tokens_to_add(False)
    return Window(limit=max_tokens - special - count.total(prompt), count=count.total)


def _splits_at_whitespace(tokenizer: Tokenizer) -> bool:
    """Check whether a text's count is the sum of its words' counts, as with BERT and its kin."""
    described: dict[str, dict[str, object] | None] = json.loads(tokenizer.to_str())
    splitter = described["pre_tokenizer"]
    return splitter is not None and splitter["type"] == "BertPreTokenizer"


class _Cached(dict[str, int]):
    """Counts of what has been encoded before."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self._tokenizer = tokenizer

    def __missing__(self, piece: str) -> int:
        found = self._count(piece)
        if len(piece) <= LONGEST:
            if len(self) >= ENTRIES:
                self.clear()
            self[piece] = found
        return found

    def _count(self, piece: str) -> int:
        return len(self._tokenizer.encode(piece, add_special_tokens=False).ids)


class _Words(_Cached):
    """Counts by words, exactly, for tokenizers that split at whitespace and punctuation first."""

    def _count(self, piece: str) -> int:
        if piece.isascii() and not piece.isalnum() and len(piece) > 1:
            return sum(map(self.__getitem__, _ASCII_PIECE.findall(piece)))
        return max(super()._count(piece), len(piece) // UNKNOWN if len(piece) > SPELLED else 0)

    def total(self, text: str) -> int:
        return sum(map(self.__getitem__, text.split()))


class _Lines(_Cached):
    """Counts by lines and allows one token more for each, for all other tokenizers."""

    def total(self, text: str) -> int:
        lines = text.split("\n")
        return sum(map(self.__getitem__, lines)) + len(lines) if text else 0
