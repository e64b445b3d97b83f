"""A plan without an LLM: what is wanted, made to stand alone, in parts, and as narrow as it was asked."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import islice

from agents.heuristics.followups import Understood, understand
from agents.heuristics.narrowing import narrow
from agents.heuristics.subjects import content_words, names, points
from agents.records import Intent, Plan, Reason, SubQuestion, Turn
from retriever.searching.searcher import LONGEST_QUERY

_GREETING = frozenset(
    """hi hello hey hiya howdy greetings thanks thank thx cheers bye goodbye ciao welcome good morning afternoon evening
    night day great perfect awesome cool nice super ok okay got it understood you ya very much so a lot many all
    everyone everybody team folks there again for the your that's that was help helpful answer is appreciated
    fine""".split()  # noqa: SIM905 - quoted one by one they can't be read
)
_CORE = frozenset(
    """hi hello hey hiya howdy greetings thanks thank thx cheers bye goodbye ciao morning afternoon evening great
    perfect awesome appreciated""".split()  # noqa: SIM905
)
_MAKING = (
    r"(?:(?:can|could|would|will) you )?(?:please )?(?:write|compose|tell|sing|make|give|invent)(?: me| us)? (?:up )?"
)
_MADE = r"(?:poem|haiku|limerick|sonnet|joke|song|rap|riddle|fairy tale|bedtime story)s?"
_OUT_OF_SCOPE = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"^\W*{_MAKING}(?:a|an|another|some|the)?\s*(?:\w+ ){{0,2}}{_MADE}\b",
        r"^\W*(?:how are you|how do you do|how's it going|what's up|how was your day)(?: doing)?(?: today)?\W*$",
        r"^\W*(?:who|what) are you\W*$|^\W*what(?:'s| is) your (?:name|age|favou?rite \w+)\W*$",
        r"^\W*are you (?:a |an )?(?:human|real|robot|bot|machine|ai|alive|sentient|conscious)(?: person)?\W*$",
        r"^\W*(?:do you (?:love|like|hate) me|i love you|will you marry me|who (?:made|created|built) you)\W*$",
    )
)
_ASKS = re.compile(r"[?？؟]\W*$")
_WORDS = re.compile(r"[\w']+")


def intent_of(turns: Sequence[Turn]) -> Intent:
    """Classify the last turn; whatever may be a question is one."""
    said, alone = turns[-1].text, len(turns) == 1
    words = [word.lower() for word in _WORDS.findall(said)]
    if words and not _ASKS.search(said) and set(words) <= _GREETING and not _CORE.isdisjoint(words):
        return "greeting"
    if any(form.search(said) for form in _OUT_OF_SCOPE):
        return "out_of_scope"
    return "unclear" if alone and not content_words(said) else "question"


def has_asked_back(turns: Sequence[Turn]) -> bool:
    """Check whether the assistant has asked for something already; it asks once."""
    return any(turn.role == "assistant" and _ASKS.search(turn.text.rstrip()) for turn in turns)


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
_WHAT = r"(?:how|what|whats|who|whom|whose|which|where|when|why)\b"
_WHETHER = (
    r"(?:can|could|do|does|did|is|are|am|was|were|must|may|might|should|shall|will|would|has|have|had|isn't|aren't"
    r"|don't|doesn't|can't)\s+(?:i|we|you|he|she|it|they|there|this|that|these|those|the|my|our|your|his|her|their|an?"
    r"|any|anyone|anybody|someone|somebody|people|everyone)\b"
)
_CLAUSE = rf"(?:(?:also|then|so)\s+)?(?:(?:at|by|for|from|in|on|to|until|with)\s+{_WHAT}|{_WHAT}|{_WHETHER}|if\b)"
_SEVERAL = re.compile(
    rf"(?<=\?)\s+|\s*;\s*(?=also\b|and\b)|(?<=\w),?\s+and also\s+|(?<=[\w,;])\s+(?:and|&|plus)\s+(?={_CLAUSE})"
    r"|(?:^|\s+)\(?\d\)\s+",
    re.IGNORECASE,
)
_ASKING = re.compile(rf"\b(?:{_WHAT}|{_WHETHER})", re.IGNORECASE)
_SETTING = re.compile(rf"\A(?P<setting>.{{8,}}?[.!:;,])\s+(?={_CLAUSE}|[\w' ]+\?\Z)", re.IGNORECASE | re.DOTALL)
_LEADING = re.compile(r"^\W*(?:and|also|but|or|so|then)\b\W*", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:^|\s)\(?1\)\s.*\s\(?2\)\s", re.DOTALL)
LEAST = 3  # content words of a part that says by itself what it is about
SUBJECT = 4  # words that stand for a question without names
PARTS = 3  # with the whole question that makes four searches
MOST = 4  # sub-questions of a plan
ASK_BACK = "What would you like to know? A few more words would help: what is it about?"


def split(question: str) -> tuple[str, ...]:
    """Return the parts of a question that has several, none where it has one."""
    return (_compared(question) or _listed(question) or _named(question))[:PARTS]


def _compared(question: str) -> tuple[str, ...]:
    for pattern in _COMPARED:
        if found := pattern.search(question):
            return found["one"].strip(), found["other"].strip()
    return ()


def _listed(question: str) -> tuple[str, ...]:
    """Split several questions; a later one takes along what was told before the first, or what the first is about."""
    parts = [_LEADING.sub("", part).strip(" ,") for part in _SEVERAL.split(question)]
    parts = [part for part in parts if content_words(part)]
    if _NUMBERED.search(question):
        return tuple(parts)
    # What comes first may only say what it is about, but "fine, and …" says nothing.
    begins = [part for part in parts[:1] if _ASKING.search(part) or len(content_words(part)) >= LEAST]
    later = [part for part in parts[1:] if _ASKING.search(part)]
    if len(begins) + len(later) < 2:
        return ()
    first, *later = [*begins, *later]
    setting = match["setting"] if (match := _SETTING.match(first)) else ""
    before = setting or " ".join(names(first) or content_words(first)[:SUBJECT])
    return (first, *(f"{before} {part}" if setting or _leans(part) else part for part in later))


def _leans(part: str) -> bool:
    return points(part) or len(content_words(part)) < LEAST


def _named(question: str) -> tuple[str, ...]:
    """Make a search for each of two or three names in a question."""
    found = names(question)
    return found if 2 <= len(found) <= PARTS else ()


def plan(turns: Sequence[Turn], sources: Collection[str], kinds: Collection[str], today: date) -> Plan:
    """Plan the searches for the last turn; nothing but the conversation is looked at."""
    intent = intent_of(turns)
    understood = understand(turns)
    searches = list(_searches(understood)) if intent == "question" else []
    if not searches:
        unclear = intent in ("question", "unclear")
        return Plan(
            intent="unclear" if unclear else intent,
            standalone=understood.asked,
            questions=(),
            ask_back=ASK_BACK if unclear and not has_asked_back(turns) else "",
        )
    filters = narrow(understood.asked, sources, kinds, today)
    questions = tuple(
        SubQuestion(id=f"q{number}", text=text, reason=reason, filters=filters)
        for number, (text, reason) in enumerate(searches, 1)
    )
    return Plan(intent="question", standalone=searches[0][0], questions=questions)


def _searches(understood: Understood) -> Iterator[tuple[str, Reason]]:
    """Return the question as it stands alone, as it was typed, and by its parts, each once and four at most."""
    wanted: list[tuple[str, Reason]] = [(understood.standalone, "asked")]
    wanted.append((understood.asked, "asked") if understood.leans else (understood.with_topic, "widened"))
    topic = understood.topic if understood.leans else ""
    wanted.extend((f"{topic} {part}".strip(), "part") for part in split(understood.asked))
    reasons: dict[str, Reason] = {}
    for text, reason in wanted:
        if text := text[-LONGEST_QUERY:].strip():
            reasons.setdefault(text, reason)
    return islice(reasons.items(), MOST)
