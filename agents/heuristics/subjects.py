"""What a text is about: the words that carry it, and the names in it."""

import re
from functools import lru_cache

from retriever.ranking.words import STOP_WORDS, analyse_query

# Lower-case words that names are joined by: Bank of England, Ali ibn Husayn. Not `and`, which stands between two names.
_JOINTS = "of|the|for|de|da|do|del|der|den|des|di|du|la|le|les|van|von|zu|am|al|el|bin|ibn|ye"
_START = r"[A-ZÀ-ÖØ-ÞĀ-ɏ]"
_CAPITAL = rf"(?:{_START}\.(?!\w)|{_START}[\w’'&+/-]*(?:\.\w+)*)"
_LATER = rf"(?:{_CAPITAL}|\d+(?![\w.:,]))"
_NAME = re.compile(rf"(?<![\w.])(?:\d{{4}} (?=[A-Z]))?{_CAPITAL}(?:[ ](?:(?:{_JOINTS})[ ]){{0,2}}{_LATER})*")
_QUOTED = re.compile(r"[\"“„]([^\"“”„]{2,80})[\"”]")
_WORD = re.compile(r"[^\W_][\w’'+#./-]*")
_SENTENCE_ENDS = re.compile(r"(?:^|[.!?:;\n]\s*)$")

_POINTING = re.compile(
    r"\b(?:it|its|he|him|his|she|her|hers|they|them|their|theirs|this|that|these|those|there|then|ones?|same|such"
    r"|both|either|neither|another|others?|else|too)\b",
    re.IGNORECASE,
)
_EVERYDAY = frozenset(
    """also and or but so yes no not ok okay well please thanks thank hi hello hey tell know mean get got like want
    need really just still maybe anything something someone somebody thing things kind sort way more most other others
    else many much does use used use made make let go one two by from after before during until since both
    although however because if""".split()  # noqa: SIM905 - quoted one by one they can't be read
)
_CALENDAR = frozenset(
    """january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday""".split()  # noqa: SIM905 - quoted one by one they can't be read
)


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """Return what the lexical leg would look for, without the words that say nothing."""
    words = content_words(text)
    return frozenset(analyse_query(" ".join(words)).split()) if words else frozenset()


def content_words(text: str) -> tuple[str, ...]:
    """Return the words that carry a text, as they were written, each once."""
    words = (word.strip("’'./-") for word in _WORD.findall(text))
    return tuple(dict.fromkeys(word for word in words if word and not _is_everyday(word)))


def points(text: str) -> bool:
    """Check whether a text points at something said before it: it, they, there, that one."""
    return _POINTING.search(text) is not None


@lru_cache(maxsize=4096)
def names(text: str) -> tuple[str, ...]:
    """Return the capitalised and the quoted spans of a text in the order they stand, each once."""
    found = [(match.start(1), match[1].strip(" ,.")) for match in _QUOTED.finditer(text)]
    for match in _NAME.finditer(text):
        starts = _SENTENCE_ENDS.search(text[max(match.start() - 3, 0) : match.start()]) is not None
        found.append((match.start(), _trimmed(match[0], starts=starts)))
    return tuple(dict.fromkeys(span for _, span in sorted(found) if span))


def _trimmed(span: str, *, starts: bool) -> str:
    """Take off the words whose capital is a sentence's, and names that are only a day or a month."""
    words = span.rstrip("'’").split()
    while words and _is_everyday(words[0]) and (starts or len(words) == 1):
        words = words[1:]
    if starts and len(words) == 1 and len(span.split()) == 1 and not any(letter.isupper() for letter in words[0][1:]):
        return ""
    if not words or all(word.lower() in _CALENDAR or word.isdigit() for word in words):
        return ""
    return " ".join(words)


def _is_everyday(word: str) -> bool:
    lower = word.lower()
    return (lower in STOP_WORDS or lower in _EVERYDAY or len(word) == 1) and not (len(word) > 1 and word.isupper())
