"""Numbers with what they count: 0.72 CAD is not 0.72 euros, and ten minutes are not ten hours."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.heuristics.facts import numbers_of

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
_KIND_OF = r"(?:(?:working|calendar|business|full|consecutive)\s)?"  # between a number and what it counts
_QUANTITY = re.compile(
    r"(?P<before>€|\$|£|₹|¥|\b(?:EUR|USD|GBP|INR|CAD)\b)?\s?(?P<number>\d[\d.,]*\d|\d)"
    rf"(?:[\s\u00a0-]*{_KIND_OF}(?P<after>%|°[CF]|per cent|[A-Za-z€]+))?"
)
_SPELLED = re.compile(
    r"\b(?P<number>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety)"
    rf"[\s-]+{_KIND_OF}(?P<after>[A-Za-z]+)",
    re.IGNORECASE,
)  # fmt: skip - one pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number with what it counts."""

    number: str
    unit: str


def quantities_of(text: str) -> frozenset[Quantity]:
    """Return the numbers whose unit is known."""
    return frozenset(_quantities_in(text))


def _quantities_in(text: str) -> Iterator[Quantity]:
    for match in (*_QUANTITY.finditer(text), *_SPELLED.finditer(text)):
        found = match.groupdict()
        before, after = (found.get("before") or "").lower(), (found["after"] or "").lower()
        unit = _CURRENCY.get(before) or _CURRENCY.get(after) or _UNITS.get(after) or _UNITS.get(after.removesuffix("s"))
        numbers = numbers_of(found["number"])
        if unit and len(numbers) == 1:
            yield Quantity(number=next(iter(numbers)), unit=unit)
