"""What a text can be held to: its content words, numbers, dates and names."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from retriever.ranking.words import STOP_WORDS, analyse_query

_NUMBER = re.compile(r"\d+(?:[.,' \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?")
_GROUPED = re.compile(r"\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?")
_UP_TO_TWENTY = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SPELLED = {
    **{word: str(value) for value, word in enumerate(_UP_TO_TWENTY.split())},
    **{word: str(10 * value) for value, word in enumerate(_TENS.split(), 2)},
    **{"dozen": "12", "hundred": "100", "thousand": "1000", "million": "1000000", "twice": "2", "half": "0.5"},
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# May and march are words as well: those two, and abbreviations, count only with a capital.
_MONTH = re.compile(
    r"\b(?:(?i:january|february|april|june|july|august|september|october|november|december)|March|May"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?(?=\s*\d|\W*$)"
    r"|(?<=\d )(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec))\b"
)
_ISO = re.compile(r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b")
_DAYS = frozenset(f"{day}day" for day in ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun"))
_TOKEN = re.compile(r"[^\W_]+(?:[-_./'’&+]?[^\W_]+)*")
_SENTENCE_START = re.compile(r"(?:\A|[.!?:;…\n]|[-*•|#>])[\s\"'“”‘’(\[*_`]*\Z")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|[a-z]{1,2})")
_NO_NAMES = STOP_WORDS | _DAYS | set(_SPELLED) | {"the", "a", "an", "this", "that", "in", "on", "at"}


@lru_cache(maxsize=1 << 13)
def terms_of(text: str) -> frozenset[str]:
    """Return a text's content words as the lexical leg reads them: stemmed, without stop words."""
    return frozenset(word for word in analyse_query(text).split() if word not in STOP_WORDS)


@lru_cache(maxsize=1 << 13)
def numbers_of(text: str) -> frozenset[str]:
    """Return a text's numbers in one form: 1,000 and 1000, four and 4, a month as its number."""
    found = {f"month {_MONTHS.index(match.group()[:3].lower()) + 1}" for match in _MONTH.finditer(text)}
    for match in _ISO.finditer(text):
        year, month, day = (part.lstrip("0") for part in match.groups())
        found |= {year, f"month {month}", day}
    rest = _ISO.sub(" ", text)
    found |= {_plain_number(match.group()) for match in _NUMBER.finditer(rest)}
    found |= {_SPELLED[word] for word in re.findall(r"[a-z]+", rest.lower()) if word in _SPELLED}
    return frozenset(found)


@lru_cache(maxsize=1 << 13)
def names_of(text: str) -> frozenset[str]:
    """Find what a text calls by name: capitalised words inside sentences, acronyms, codes and identifiers."""
    return frozenset(_names(text))


def share(wanted: frozenset[str], present: frozenset[str]) -> float:
    """Measure how much of what is wanted is there; all of nothing is there."""
    return len(wanted & present) / len(wanted) if wanted else 1.0


def rarity(texts: Sequence[frozenset[str]], wanted: frozenset[str]) -> dict[str, float]:
    """Weigh wanted words by how few of these texts have them; a word in none weighs most."""
    counts = {word: sum(word in text for text in texts) for word in wanted}
    return {word: 1.0 - 0.7 * count / max(len(texts), 1) for word, count in counts.items()}


def _names(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word.isdigit() or word.lower() in _NO_NAMES or _MONTH.fullmatch(word):
            continue
        inner_capital = any(letter.isupper() for letter in word[1:])
        coded = any(letter.isdigit() for letter in word) and any(letter.isalpha() for letter in word)
        first = word[0].isupper() and not _SENTENCE_START.search(text[max(0, match.start() - 12) : match.start()])
        if first or inner_capital or (coded and not _ORDINAL.fullmatch(word)):
            yield word.casefold().removesuffix("'s").removesuffix("’s")


def _plain_number(written: str) -> str:
    """Parse 1,000.50 as 1000.5; a comma before one or two digits is a decimal one."""
    if _GROUPED.fullmatch(written):
        decimals = re.search(r"[.,](\d{1,2})\Z", written)
        whole = re.sub(r"\D", "", written[: decimals.start()] if decimals else written)
        written = f"{whole}.{decimals.group(1)}" if decimals else whole
    whole, dot, part = written.replace(",", ".").partition(".")
    part = part.rstrip("0") if dot else ""
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{part}" if part else whole
