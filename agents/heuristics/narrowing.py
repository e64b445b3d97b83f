"""Filters that an asker names plainly; a wrong one loses the answer, so what may mean something else is left alone."""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from hone.records import Filters

_FROM = r"\b(?:in|from|according to|per|on)\s+(?:the|our|your|that|this)\s+"
_KINDS = (
    (r"spreadsheets?|excel(?: sheet| file)?s?|xlsx", frozenset({"xlsx", "xls", "xlsm", "ods", "csv"})),
    (r"pdfs?(?: file)?", frozenset({"pdf"})),
    (r"slides?|slide ?deck|powerpoint|pptx", frozenset({"pptx", "odp"})),
    (r"word (?:document|doc|file)|docx", frozenset({"docx", "odt"})),
    (r"transcripts?|recording", frozenset({"vtt"})),
)
_COLLECTION = frozenset({"handbook", "wiki", "intranet", "docs", "manual", "faq", "helpdesk", "guide"})
_NOTED = r"(?:meeting|minutes|notes|review|report|newsletter|all-?hands|retro)"
_MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905 - shorter than the list
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_SINCE = re.compile(
    rf"\bsince\s+(?:(?P<iso>\d{{4}}-\d{{2}}(?:-\d{{2}})?)|(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+)?(?P<month>{_MONTH})\.?\s+(?P<year>\d{{4}}))\b",
    re.IGNORECASE,
)
_RECENT = re.compile(
    rf"\b(?:last|this|yesterday)\s*(?P<span>week|month|quarter|year)?'?s\s+(?:\w+\s+){{0,2}}{_NOTED}\b", re.IGNORECASE
)
LATE = timedelta(days=7)  # minutes are written up after the meeting


def narrow(question: str, sources: Collection[str], kinds: Collection[str], today: date) -> Filters:
    """Return the filters that a question names, empty where it names none."""
    since, until = _period(question, today)
    return Filters(sources=_sources(question, sources), kinds=_kinds(question, kinds), since=since, until=until)


def _kinds(question: str, known: Collection[str]) -> frozenset[str]:
    for words, kinds in _KINDS:
        if re.search(rf"{_FROM}(?:{words})\b", question, re.IGNORECASE):
            return kinds & frozenset(known)
    return frozenset()


def _sources(question: str, known: Collection[str]) -> frozenset[str]:
    """Find a source called by name; a name that is also a department needs `documents` or the like behind it."""
    found: set[str] = set()
    for name in known:
        words = re.escape(name).replace(r"\-", "[ -]").replace("_", "[ _]")
        behind = "" if name.lower() in _COLLECTION else r"\s+(?:documents|docs|files|folder|source|pages|handbook|wiki)"
        if re.search(
            rf"{_FROM}{words}{behind}(?=\s*[,.?!;:]|\s*$|\s+(?:what|who|when|where|how|is|are|do|does)\b)",
            question,
            re.IGNORECASE,
        ):
            found.add(name)
    return frozenset(found) if len(found) == 1 else frozenset()


def _period(question: str, today: date) -> tuple[datetime | None, datetime | None]:
    if found := _SINCE.search(question):
        day = _named_day(found)
        return (_start(day), None) if day and day <= today else (None, None)
    if found := _RECENT.search(question):
        first, last = _span(found[0].lower(), today)
        return _start(first), _start(min(last + LATE, today) + timedelta(days=1))
    return None, None


def _named_day(found: re.Match[str]) -> date | None:
    try:
        if found["iso"]:
            return date.fromisoformat(f"{found['iso']}-01"[:10])
        month = next(place for place, name in enumerate(_MONTHS, 1) if name.startswith(found["month"].lower()))
        return date(int(found["year"]), month, int(found["day"] or 1))
    except ValueError:
        return None


def _span(words: str, today: date) -> tuple[date, date]:
    """Return the first and the last day of the period that is meant."""
    if words.startswith("yesterday"):
        return today - timedelta(days=1), today - timedelta(days=1)
    ago = 1 if words.startswith("last") else 0
    if "week" in words:
        first = today - timedelta(days=today.weekday() + 7 * ago)
        return first, first + timedelta(days=6)
    months = 12 if "year" in words else 3 if "quarter" in words else 1
    number = today.year * 12 + today.month - 1
    begin = number - number % months - ago * months
    return _month(begin), _month(begin + months) - timedelta(days=1)


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
