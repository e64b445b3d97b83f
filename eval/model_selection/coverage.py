"""How well a model's tokenizer knows the words of the documents, by language, and what its window cuts off.

A passage in Latin letters has the language whose common words it clearly uses; one that uses too few of any, and every
other script, goes by its script alone.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Encoding, Tokenizer

from hone.errors import HoneError
from hone.language import LATIN, clear_language, script_of
from retriever.encoding.modelcheck import flatten, read_parts

FEWEST = 20  # words of a language; of fewer, rates say nothing
STEPS = 20  # of a window, at which it is told how many passages have room
ALL = "all"

# Between spaces and punctuation; `\\w` would take the words of Indic scripts apart at every vowel sign.
_WORD = re.compile(r"(?:[^\s\d_!-/:-@\[-`{-~\u00a0-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uff0f]|(?<=\w)['’](?=\w))+")
_UNSPACED = frozenset({"han", "japanese", "thai"})  # written without spaces: each letter counts as a word
_UNKNOWN = ("[UNK]", "<unk>", "<|unk|>")


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageCoverage:
    """What becomes of the words of one language."""

    language: str  # or the script, where that is all that can be told
    words: int
    unknown: float  # share of the words with an unknown part
    split: float  # share of the words split into pieces
    pieces: float  # a word, on average


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a tokenizer makes of the documents."""

    passages: int  # that it was tried on
    languages: tuple[LanguageCoverage, ...]  # the commonest first; the first is `all`
    longest: int  # tokens of the longest passage
    cut: float  # share of the passages that are longer than the model reads
    lost: float  # share of all tokens that lie beyond
    fit: tuple[
        float, ...
    ]  # shares of the passages that have room in so many twentieths of the window, from none to all


def open_tokenizer(folder: Path) -> Tokenizer | None:
    """Open the tokenizer of a model folder; none where it has no tokenizer.json."""
    places = [folder, *(part.folder for part in flatten(read_parts(folder)))]
    file = next((place / "tokenizer.json" for place in places if (place / "tokenizer.json").is_file()), None)
    if file is None:
        return None
    try:
        found = Tokenizer.from_file(str(file))
    except Exception as error:  # the Rust side raises bare Exception for every cause
        raise HoneError(f"The tokenizer {file} cannot be read: {error}", hint="Copy the model folder again.") from error
    found.no_truncation()
    found.no_padding()
    return found


def evenly(texts: Sequence[str], count: int) -> list[str]:
    """Draw so many texts at even distances from the first to the last; all where there are no more."""
    taken = min(count, len(texts))
    return [texts[place * len(texts) // taken] for place in range(taken)]


def coverage_of(tokenizer: Tokenizer, texts: Sequence[str], window: int) -> Coverage:
    """Measure what a tokenizer makes of texts, exactly as the model reads them."""
    by_language = defaultdict[str, Counter[str]](Counter)
    for text in texts:
        spoken = clear_language(text)
        for word in _words(text):
            by_language[ALL][word] += 1
            by_language[_language(word, spoken)][word] += 1
    unknown = {number for name in _UNKNOWN if (number := tokenizer.token_to_id(name)) is not None}
    words = list(by_language[ALL])
    # With a space before it, as most words stand: tokenizers that keep spaces cut a word at a text's start otherwise.
    ids = dict(zip(words, (found.ids for found in _encoded(tokenizer, [f" {word}" for word in words])), strict=True))
    found = [_covered(name, inside, ids, unknown) for name, inside in by_language.items()]
    found = [item for item in found if item.language == ALL or item.words >= FEWEST]
    lengths = [len(item.ids) for item in _encoded(tokenizer, texts, special=True)]
    total, count = sum(lengths), max(len(lengths), 1)
    return Coverage(
        passages=len(texts),
        languages=tuple(sorted(found, key=lambda item: (item.language != ALL, -item.words))),
        longest=max(lengths, default=0),
        cut=sum(length > window for length in lengths) / count,
        lost=sum(max(length - window, 0) for length in lengths) / total if total else 0.0,
        fit=tuple(sum(length * STEPS <= window * step for length in lengths) / count for step in range(STEPS + 1)),
    )


def _language(word: str, spoken: str) -> str:
    script = script_of(word) or "other"
    return spoken if spoken and script == LATIN else script


def _words(text: str) -> Iterator[str]:
    for word in _WORD.findall(text):
        if script_of(word) in _UNSPACED:
            yield from (letter for letter in word if letter.isalpha())
        elif any(map(str.isalpha, word)):
            yield word


def _covered(name: str, words: Counter[str], ids: dict[str, list[int]], unknown: set[int]) -> LanguageCoverage:
    total = words.total()
    return LanguageCoverage(
        language=name,
        words=total,
        unknown=sum(count for word, count in words.items() if unknown.intersection(ids[word])) / max(total, 1),
        split=sum(count for word, count in words.items() if len(ids[word]) > 1) / max(total, 1),
        pieces=sum(count * len(ids[word]) for word, count in words.items()) / max(total, 1),
    )


def _encoded(tokenizer: Tokenizer, texts: Sequence[str], *, special: bool = False) -> list[Encoding]:
    return tokenizer.encode_batch(list(texts), add_special_tokens=special)
