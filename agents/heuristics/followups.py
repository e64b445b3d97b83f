"""A question made to stand alone: what its conversation is about, put before it."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from agents.heuristics.subjects import content_words, points, stems
from agents.records import Turn

# Chosen on one half of mtrag and of the sample's follow-ups: docs/experiments/2026-11-20-planning.md.
WORDS = 6  # that stand for the conversation; three lose follow-ups, eight drown the question
FADING = 0.8  # what a word is still worth one turn later
ANSWERED = 0.4  # what a word of the assistant is worth beside one of the asker
NAMING = 1.5  # what a capitalised word is worth beside another
READ = 300  # characters of a turn; what it is about stands at its beginning
SHORT = 4  # content words; a question with fewer seldom says what it is about
WHOLE = 2  # content words that a whole question needs to say what it is about

_ASKS = re.compile(
    r"(?:who|whom|whose|what|when|where|which|why|how|is|are|am|was|were|do|does|did|can|could|may|must|shall|should"
    r"|will|would|has|have|had)\b(?!\s+about\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The last question as it was typed, and what the conversation before it is about."""

    asked: str
    topic: str = ""  # what may be taken over
    leans: bool = False  # on that: it can't be understood without it

    @property
    def standalone(self) -> str:
        """The question with what it leans on."""
        return self.with_topic if self.leans else self.asked

    @property
    def with_topic(self) -> str:
        """The question with what was said before, whether it leans on that or not."""
        return f"{self.topic} {self.asked}".strip()


def understand(turns: Sequence[Turn]) -> Understood:
    """Take over from earlier turns what the last question needs to be searched for."""
    asked, before = " ".join(turns[-1].text.split()), turns[:-1]
    if is_new_subject(asked, before):
        return Understood(asked=asked)
    return Understood(asked=asked, topic=topic_of(before), leans=bool(before) and not is_whole(asked, before))


def is_new_subject(asked: str, before: Sequence[Turn]) -> bool:
    """Recognise a question that neither points back nor shares a word with what was said, and says enough by itself."""
    if points(asked) or len(content_words(asked)) < SHORT:
        return False
    return not _shares(asked, before)


def is_whole(asked: str, before: Sequence[Turn]) -> bool:
    """Recognise a question that reads as one by itself: it may be about something new, or go on without saying so."""
    if not _ASKS.match(asked) or len(content_words(asked)) < WHOLE:
        return False
    return not points(_beginning(asked)) and not _shares(asked, before)


def _shares(asked: str, before: Sequence[Turn]) -> bool:
    return not stems(asked).isdisjoint(stem for turn in before for stem in stems(turn.text))


def _beginning(asked: str) -> str:
    """Cut a question where it has said what it is about: what points after that, points at that."""
    words = asked.split()
    enough = (place for place in range(len(words)) if len(content_words(" ".join(words[:place]))) >= WHOLE)
    return " ".join(words[: next(enough, len(words))])


def topic_of(turns: Sequence[Turn]) -> str:
    """Return the words that a conversation keeps coming back to, the heaviest first."""
    weights: dict[frozenset[str], float] = defaultdict(float)
    written: dict[frozenset[str], str] = {}
    for age, turn in enumerate(reversed(turns)):
        worth = FADING**age * (1.0 if turn.role == "user" else ANSWERED)
        for word in content_words(turn.text[:READ]):
            if stem := stems(word):
                weights[stem] += worth * (NAMING if word[0].isupper() else 1.0)
                written.setdefault(stem, word)
    heaviest = sorted(weights, key=lambda stem: -weights[stem])[:WORDS]
    return " ".join(written[stem] for stem in heaviest)
