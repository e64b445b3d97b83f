"""What the lexical leg reads: a text as plain tokens, one space between, that the store indexes as they are."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import Stemmer

# Any change to what `analyse` returns raises it: an index made by another version can't be asked.
ANALYSER_VERSION = 1

# Longer wholes are hashes and encoded data that nobody types; their parts are kept.
LONGEST_WHOLE = 64

# Scripts written without spaces between words are indexed as pairs of characters.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
# Vowel signs of Indic scripts belong to the word, and \w does not match them.
_LETTER = r"[\w\u0900-\u0963\u0966-\u0dff" + _UNSPACED + "]"
# A shell flag keeps its dashes; identifiers, paths, versions and hyphenated words stay whole.
_PIECE = re.compile(rf"(?:(?<![\w-])--?(?=[A-Za-z]))?{_LETTER}+(?:(?:::|->|[-._/:@'+]){_LETTER}+)*(?:\+\+|#(?!\w))?")
# camelCase, ACRONYMWord, PLURALs, digits apart from letters.
_PART = re.compile(
    rf"[A-Z]{{2,}}s(?![A-Za-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[{_UNSPACED}]+|[^\W0-9_A-Za-z{_UNSPACED}]+"
)
_NUMBER = re.compile(r"[0-9]+(?:[.:/-][0-9]+)*")
_ENDING = re.compile(r"'(?:s|d|m|ll|re|ve)$", re.IGNORECASE)
_ACCENT = re.compile("[\u0300-\u036f]")
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")

STOP_WORDS = frozenset(
    """a about all am an and any are as at be been being but can could did do does doing for give had has have
    having he her here hers him his how i in is it its itself just me my of on onto our ours please she
    should so some such tell than that the their theirs them then there these they this those to too up us
    very was we were what when where which while who whom whose why will with would you your yours aren't
    can't didn't doesn't don't i'm i've isn't it's let's there's what's""".split()  # noqa: SIM905 - quoted one by one they can't be read
)


def analyse(text: str) -> str:
    """Return a passage's tokens for the index, separated by single spaces."""
    return " ".join(filter(None, map(_tokens, _plain(text).split())))


def analyse_query(text: str) -> str:
    """Return a question's tokens: those of `analyse`, each once, without the words that every question has."""
    words = _plain(text).split()
    kept = [word for word in words if not _is_stop_word(word.strip(".,;:!?\"'()"))]
    tokens = (token for word in kept or words for token in _tokens(word).split())
    return " ".join(dict.fromkeys(tokens))


@lru_cache(maxsize=1 << 17)
def content_words(question: str) -> frozenset[str]:
    """Return the words that say what a question is about, by which wordings are compared."""
    return frozenset(analyse_query(question).split())


def _is_stop_word(word: str) -> bool:
    """Separate stop words from the acronyms that look like them: it and IT, us and US."""
    return word.lower() in STOP_WORDS and not (len(word) > 1 and word.isupper())


def _plain(text: str) -> str:
    """Undo what only looks different: curly quotes, accents, full-width forms."""
    if text.isascii():
        return text
    folded = _ACCENT.sub("", unicodedata.normalize("NFKD", text.replace("\u2019", "'")))
    return unicodedata.normalize("NFC", folded)


@lru_cache(maxsize=1 << 16)
def _tokens(word: str) -> str:
    """Return the tokens of what is between two spaces; most words of a text have been seen before."""
    if word.isascii() and word.isalpha() and word.islower():
        return _stem(word)
    return " ".join(token for piece in _PIECE.findall(word) for token in _piece_tokens(piece))


def _piece_tokens(piece: str) -> Iterator[str]:
    """Yield a piece whole, then its parts where it has any worth finding alone."""
    piece = _ENDING.sub("", piece)
    if _NUMBER.fullmatch(piece):
        yield piece
        return
    parts = _PART.findall(piece)
    whole = piece.casefold()
    if len(parts) == 1 and len(parts[0]) == len(piece):
        yield from _part_tokens(parts[0])
        return
    if len(whole) <= LONGEST_WHOLE and not _UNSPACED_RUN.search(whole):
        yield whole
    for part in parts:
        if len(part) > 1:
            yield from _part_tokens(part)


def _part_tokens(part: str) -> Iterator[str]:
    """Yield a stem, or the pairs of characters of a script without spaces."""
    if _UNSPACED_RUN.fullmatch(part) and len(part) > 1:
        yield from (part[i : i + 2] for i in range(len(part) - 1))
    else:
        yield _stem(part.casefold())


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    """Return a word's English stem, whatever its language.

    A language guessed from a three-word question would often differ from its document's; what English rules
    do to other languages they do alike on both sides.
    """
    # A stemmer of its own each time (under a microsecond): one can't be shared between threads.
    return str(Stemmer.Stemmer("english", 0).stemWord(word))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - PyStemmer has no types
