"""What kind of answer a question wants, and whether a text has one of that kind."""

import re
from dataclasses import dataclass

from agents.heuristics.facts import names_of

_NUMERAL = (
    r"(?:\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty"
    r"|hundred|thousand|million|billion|half|twice|none|no)\b)"
)
_MONTHS = r"january|february|march|april|may|june|july|august|september|october|november|december"
_UNITS = r"seconds?|minutes?|hours?|days?|weeks?|months?|years?|min|hrs?|decades?"
_SPAN = rf"{_NUMERAL}[^.]{{0,20}}\b(?:{_UNITS})\b"
_COUNTED = r"price|costs?|percentage|rate|limit|number|size|maximum|minimum|proportion|share|fraction|amount"
_PLACES = r"country|countries|city|cities|place|region|province|building|floor|room|state"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cue:
    asks: re.Pattern[str]
    answers: re.Pattern[str] | None  # none: a name that the question does not have


def _cue(asks: str, answers: str | None) -> _Cue:
    return _Cue(
        asks=re.compile(asks, re.IGNORECASE), answers=None if answers is None else re.compile(answers, re.IGNORECASE)
    )


# The first that fits decides, so the narrower stand first.
_CUES = (
    _cue(
        r"\bhow (?:long|often|fast|soon|quick\w*|frequent\w*|old)\b",
        rf"{_SPAN}|\b(?:daily|weekly|monthly|yearly|annually|hourly|every)\b",
    ),
    _cue(
        rf"\bhow (?:many|much|big|large|high|far|tall|deep|expensive|hot|cold|heavy)\b|\bwhat\b.*\b(?:{_COUNTED})\b",
        _NUMERAL,
    ),
    _cue(
        r"\b(?:since|by|until)? ?when\b|\b(?:what|which) (?:year|date|day|month|time)\b|\bdeadline\b",
        rf"\b(?:1[5-9]|20)\d\d\b|\b(?:{_MONTHS})\b|\b\d{{1,2}}[:.]\d\d\b"
        rf"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|{_SPAN}",
    ),
    _cue(r"\b(?:who|whom|whose)\b|\bwhich (?:person|team|people|author|company|organi[sz]ation)\b", None),
    _cue(
        rf"\bwhere\b|\b(?:which|what) (?:{_PLACES})\b",
        r"\b(?:in|at|on|from|under|to|near|inside) (?:the )?[\w`\"]+|›|https?://|/",
    ),
    _cue(
        r"\bwhy\b|\bhow come\b|\b(?:reason|cause|purpose)s?\b",
        r"\b(?:because|since|due to|so that|therefore|caused?|reason|as a result|in order to|leads? to|otherwise"
        r"|owing to|to (?:avoid|prevent|keep|ensure))\b",
    ),
    _cue(r"\bhow\b", r"\b(?:by|using|use|click|open|run|go to|set|send|file|ask|write|tell|via|through|with)\b"),
    _cue(
        r"\bwhat (?:is|are|was|were|does|do)\b",
        r"\b(?:is|are|was|were|means?|refers? to|defined|called|known as|consists?|stands for)\b",
    ),
)


def has_wanted(question: str, text: str) -> bool:
    """Check whether a text has an answer of the kind that the question wants; false where no kind is known."""
    cue = next((cue for cue in _CUES if cue.asks.search(question)), None)
    if cue is None:
        return False
    return bool(cue.answers.search(text) if cue.answers else names_of(text) - names_of(question))
