"""Texts of passages as the encoder reads them, and the passage of a document that a question means."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from hone.records import EVERYONE
from retriever.cutting.window import embedded_text
from retriever.library.library import Library
from retriever.library.rows import Placed
from retriever.ranking.words import content_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A passage's text, and whether everybody may read it."""

    passage: str
    document: str
    text: str
    restricted: bool
    alone: bool = True  # the only passage of its document


def text_of(placed: Placed) -> Text:
    """Return a passage as the index was made from it."""
    return Text(
        passage=placed.passage.id,
        document=placed.document.id,
        text=embedded_text(placed.document.title, placed.passage),
        restricted=EVERYONE not in placed.document.groups,
    )


class DocumentTexts:
    """Documents by name, each read once."""

    def __init__(self, library: Library) -> None:
        self._read = lru_cache(maxsize=1000)(partial(_read, library))

    def choose(self, query: str, document: str) -> Text | None:
        """Return the passage of a document that fits a question best; none of one without text."""
        texts = self._read(document)
        if not texts:
            return None
        return texts[best_passage(query, {name: text.text for name, text in texts.items()})]


def _read(library: Library, name: str) -> dict[str, Text]:
    document = library.document(name)
    passages = library.passages(document.id)
    return {
        passage.id: Text(
            passage=passage.id,
            document=document.id,
            text=embedded_text(document.title, passage),
            restricted=EVERYONE not in document.groups,
            alone=len(passages) == 1,
        )
        for passage in passages
    }


def best_passage(query: str, texts: Mapping[str, str]) -> str:
    """Choose the passage of a document that has most of a question's words; the first of equals.

    A log that names documents says no more, and the words that people search by stand near what they wanted.
    """
    wanted = content_words(query)
    shares = {name: len(wanted & content_words(text)) for name, text in texts.items()}
    return max(shares, key=lambda name: shares[name])
