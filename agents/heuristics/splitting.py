"""Questions of several parts: comparisons by what is compared, lists of questions one by one."""

import re

from agents.heuristics.subjects import content_words, names, points

_ITEM = r"[^,;?]{2,80}?"
_COMPARED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bdifferences?\s+(?:\w+\s+)?between\s+(?:an?\s+|the\s+)?(?P<one>{_ITEM})\s+and\s+(?:an?\s+|the\s+)?(?P<other>{_ITEM})\s*[?.;,]?\s*$",
        rf"\bcompare[sd]?\s+(?:an?\s+|the\s+)?(?P<one>{_ITEM})\s+(?:and|with|to|against)\s+(?:an?\s+|the\s+)?(?P<other>{_ITEM})\s*[?.;,]?\s*$",
        rf"^(?:what|which|how)?\W*(?P<one>{_ITEM})\s+(?:vs\.?|versus)\s+(?P<other>{_ITEM})\s*[?.;]?\s*$",
        rf"\bhow\s+(?:do|does)\s+(?:an?\s+|the\s+)?(?P<one>{_ITEM})\s+differ\s+from\s+(?:an?\s+|the\s+)?(?P<other>{_ITEM})\s*[?.;]?\s*$",
    )
)
_SEVERAL = re.compile(r"(?<=\?)\s+|\s*;\s*(?=also\b|and\b)|(?<=\w),?\s+and also\s+", re.IGNORECASE)
_LEADING = re.compile(r"^\W*(?:and|also|but|or|so|then)\b\W*", re.IGNORECASE)
SUBJECT = 4  # words that stand for a question without names
PARTS = 3  # with the whole question that makes four searches


def split(question: str) -> tuple[str, ...]:
    """Return the parts of a question that has several, none where it has one."""
    return (_compared(question) or _listed(question) or _named(question))[:PARTS]


def _compared(question: str) -> tuple[str, ...]:
    for pattern in _COMPARED:
        if found := pattern.search(question):
            return found["one"].strip(), found["other"].strip()
    return ()


def _listed(question: str) -> tuple[str, ...]:
    """Split several questions; a later one that points back takes along what the first is about."""
    parts = [_LEADING.sub("", part).strip() for part in _SEVERAL.split(question)]
    parts = [part for part in parts if content_words(part)]
    if len(parts) < 2:
        return ()
    subject = " ".join(names(parts[0]) or content_words(parts[0])[:SUBJECT])
    return (parts[0], *(f"{subject} {part}" if points(part) else part for part in parts[1:]))


def _named(question: str) -> tuple[str, ...]:
    """Give each of two or three names in a question a search of its own."""
    found = names(question)
    return found if 2 <= len(found) <= PARTS else ()
