"""What is not a question for the documents: greetings, requests of another kind, and what says too little."""

import re
from collections.abc import Sequence

from agents.heuristics.subjects import content_words
from agents.records import Intent, Turn

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
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
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
    if any(pattern.search(said) for pattern in _OUT_OF_SCOPE):
        return "out_of_scope"
    return "unclear" if alone and not content_words(said) else "question"


def has_asked_back(turns: Sequence[Turn]) -> bool:
    """Check whether the assistant has asked for something already; it asks once."""
    return any(turn.role == "assistant" and _ASKS.search(turn.text.rstrip()) for turn in turns)
