"""Whether a text supports a claim: its numbers with their units, its names, its words, and which of them it denies."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agents.rules.facts import names_of, numbers_of, share, terms_of

# Chosen on the pairs in tests/agents/checking: below, a claim speaks of something else than the passage.
ENOUGH_WORDS = 0.5
SAME_SUBJECT = 0.3  # of a sentence's words with a claim's, from which a denial in one is about the other

_NEGATORS = frozenset(
    """not no never none nobody nothing neither nor without cannot can't don't doesn't didn't isn't aren't wasn't weren't
    won't wouldn't shouldn't couldn't mustn't hasn't haven't hadn't unable refuse refused denied forbidden prohibited
    fail failed fails lack lacks""".split()  # noqa: SIM905 - quoted one by one they can't be read
)
_NO_DENIAL = re.compile(
    r"\b(?:not only|not just|no later than|not later than|no more than|not more than|no less than|no fewer than"
    r"|no matter|nothing but|no longer than|not until|no problem|no doubt|without delay)\b"
)
_BREAK = frozenset(". , ; : but however although though because unless except until if | - –".split())
_REACH = 4  # words after a negator that it denies
_PIECE = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|[.,;:|–-]")

_OPPOSITES = (
    ("allow", "forbidden"),
    ("allowed", "forbidden"),
    ("allowed", "prohibited"),
    ("permitted", "forbidden"),
    ("increase", "decrease"),
    ("increased", "decreased"),
    ("increases", "decreases"),
    ("higher", "lower"),
    ("rise", "fall"),
    ("rose", "fell"),
    ("more", "less"),
    ("more", "fewer"),
    ("above", "below"),
    ("before", "after"),
    ("minimum", "maximum"),
    ("least", "most"),
    ("required", "optional"),
    ("mandatory", "optional"),
    ("always", "never"),
    ("with", "without"),
    ("enabled", "disabled"),
    ("enable", "disable"),
    ("open", "closed"),
    ("opens", "closes"),
    ("approved", "rejected"),
    ("accepted", "rejected"),
    ("accepted", "refused"),
    ("approved", "refused"),
    ("first", "last"),
    ("earlier", "later"),
    ("early", "late"),
    ("longer", "shorter"),
    ("larger", "smaller"),
    ("included", "excluded"),
    ("includes", "excludes"),
    ("free", "paid"),
    ("on", "off"),
    ("start", "stop"),
    ("starts", "ends"),
    ("positive", "negative"),
    ("succeeded", "failed"),
    ("everyone", "nobody"),
    ("safe", "unsafe"),
    ("effective", "ineffective"),
    ("possible", "impossible"),
    ("everybody", "nobody"),
    ("faster", "slower"),
    ("cheaper", "dearer"),
    ("gain", "loss"),
    ("internal", "external"),
    ("public", "private"),
    ("import", "export"),
    ("buy", "sell"),
    ("oldest", "newest"),
    ("older", "newer"),
    ("younger", "older"),
    ("up", "down"),
    ("left", "right"),
)  # fmt: skip - a table of pairs

_CURRENCY = {
    "€": "eur",
    "eur": "eur",
    "euro": "eur",
    "euros": "eur",
    "$": "usd",
    "usd": "usd",
    "dollars": "usd",
    "dollar": "usd",
    "£": "gbp",
    "gbp": "gbp",
    "pounds": "gbp",
    "₹": "inr",
    "inr": "inr",
    "rupees": "inr",
    "cad": "cad",
    "¥": "jpy",
}
_UNITS = {
    "%": "percent",
    "percent": "percent",
    "per cent": "percent",
    "second": "second",
    "s": "second",
    "sec": "second",
    "minute": "minute",
    "min": "minute",
    "hour": "hour",
    "h": "hour",
    "hr": "hour",
    "day": "day",
    "week": "week",
    "month": "month",
    "year": "year",
    "yr": "year",
    "km": "km",
    "kilometre": "km",
    "kilometer": "km",
    "m": "m",
    "metre": "m",
    "meter": "m",
    "cm": "cm",
    "mm": "mm",
    "kg": "kg",
    "g": "g",
    "gb": "gb",
    "mb": "mb",
    "tb": "tb",
    "kb": "kb",
    "°c": "celsius",
    "°f": "fahrenheit",
    "times": "times",
    "people": "people",
    "person": "people",
    "ms": "millisecond",
    "millisecond": "millisecond",
}  # fmt: skip - a table of spellings
_QUANTITY = re.compile(
    r"(?P<before>€|\$|£|₹|¥|\b(?:EUR|USD|GBP|INR|CAD)\b)?\s?(?P<number>\d[\d.,]*\d|\d)(?:[\s\u00a0-]*(?:(?:working|calendar|business|full|consecutive)\s)?(?P<after>%|°[CF]|per cent|[A-Za-z€]+))?"
)
_SPELLED = re.compile(
    r"\b(?P<number>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety)"
    r"[\s-]+(?:(?:working|calendar|business|full|consecutive)\s)?(?P<after>[A-Za-z]+)",
    re.IGNORECASE,
)  # fmt: skip - one pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number with what it counts."""

    number: str
    unit: str


def wanting(claim: str, passages: Iterable[str]) -> str:
    """Say what these passages leave unsupported in a claim; empty when they support it."""
    texts = tuple(passages)
    whole = "\n".join(texts)
    return next(filter(None, (test(claim, whole) for test in (_numbers, _quantities, _names, _words, _denial))), "")


def quantities_of(text: str) -> frozenset[Quantity]:
    """Give the numbers whose unit is known."""
    return frozenset(_quantities_in(text))


def denied_in(text: str) -> frozenset[str]:
    """Give the content words that a text denies."""
    words = [piece.lower().replace("’", "'") for piece in _PIECE.findall(_NO_DENIAL.sub(" ", text.lower()))]
    denied: set[str] = set()
    for place, word in enumerate(words):
        if word in _NEGATORS:
            denied |= _reached(words[place + 1 :])
    return frozenset(denied)


def _reached(words: list[str]) -> frozenset[str]:
    """Give the content words up to the next break, at most as many as a negator reaches."""
    stretch: list[str] = []
    for word in words:
        if word in _BREAK or len(stretch) >= _REACH:
            break
        if terms_of(word) and not word.endswith("'s"):
            stretch.append(word)
    return terms_of(" ".join(stretch)) if stretch else frozenset()


def _numbers(claim: str, text: str) -> str:
    missing = sorted(numbers_of(claim) - numbers_of(text))
    return f"The passage does not have {_listed(missing)}." if missing else ""


def _quantities(claim: str, text: str) -> str:
    known: dict[str, set[str]] = {}
    for quantity in quantities_of(text):
        known.setdefault(quantity.number, set()).add(quantity.unit)
    for quantity in sorted(quantities_of(claim), key=lambda item: item.number):
        units = known.get(quantity.number, set())
        if units and quantity.unit not in units:
            return f"The passage has {quantity.number} as {_listed(sorted(units))}, not as {quantity.unit}."
    return ""


def _names(claim: str, text: str) -> str:
    lowered = text.casefold()
    missing = sorted(name for name in names_of(claim) if name not in lowered and not terms_of(name) <= terms_of(text))
    return f"The passage does not name {_listed(missing)}." if missing else ""


def _words(claim: str, text: str) -> str:
    wanted = terms_of(claim)
    if share(wanted, terms_of(text)) >= ENOUGH_WORDS:
        return ""
    return f"The passage does not speak of {_listed(sorted(wanted - terms_of(text))[:4])}."


def _denial(claim: str, text: str) -> str:
    """Look for the sentence that the claim is nearest to, and for what one of the two denies."""
    wanted = terms_of(claim)
    sentence = max(_sentences(text), key=lambda item: (len(wanted & terms_of(item)), -len(item)), default="")
    shared = wanted & terms_of(sentence)
    if len(shared) < SAME_SUBJECT * len(wanted):
        return ""
    turned = (denied_in(claim) ^ denied_in(sentence)) & shared
    if turned:
        return f"Claim and passage do not agree on whether {_listed(sorted(turned))}."
    ours, theirs = _plain_words(claim), _plain_words(sentence)
    for pair in _OPPOSITES:
        for one, other in (pair, pair[::-1]):
            if one in ours and other not in ours and other in theirs and one not in theirs:
                return f"The claim says {one} where the passage says {other}."
    return ""


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?;])\s+|\n+", text) if part.strip()]


def _plain_words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+", text.lower()))


def _quantities_in(text: str) -> Iterator[Quantity]:
    for match in (*_QUANTITY.finditer(text), *_SPELLED.finditer(text)):
        found = match.groupdict()
        before, after = (found.get("before") or "").lower(), (found["after"] or "").lower()
        unit = _CURRENCY.get(before) or _CURRENCY.get(after) or _UNITS.get(after) or _UNITS.get(after.removesuffix("s"))
        numbers = numbers_of(found["number"])
        if unit and len(numbers) == 1:
            yield Quantity(number=next(iter(numbers)), unit=unit)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
