"""A question made to stand alone: what its conversation is about, put before it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from agents.records import Turn
from agents.rules.subjects import content_words, points, stems

# Chosen on one half of mtrag and of the sample's follow-ups: docs/experiments.md, Follow-ups.
WORDS = 6  # that stand for the conversation; three lose follow-ups, eight drown the question
FADING = 0.8  # what a word is still worth one turn later
ANSWERED = 0.4  # what a word of the assistant is worth beside one of the asker
NAMING = 1.5  # what a capitalised word is worth beside another
READ = 300  # characters of a turn; what it is about stands at its beginning
SHORT = 4  # content words; a question with fewer seldom says what it is about


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The last question as it was typed, and as it reads without the turns before it."""

    asked: str
    topic: str = ""  # what was taken over

    @property
    def standalone(self) -> str:
        """The question with what it leans on."""
        return f"{self.topic} {self.asked}".strip()


def understand(turns: Sequence[Turn]) -> Understood:
    """Take over from earlier turns what the last question needs to be searched for."""
    asked, before = " ".join(turns[-1].text.split()), turns[:-1]
    if is_new_subject(asked, before):
        return Understood(asked=asked)
    return Understood(asked=asked, topic=topic_of(before))


def is_new_subject(asked: str, before: Sequence[Turn]) -> bool:
    """Tell a question that neither points back nor shares a word with what was said, and says enough by itself."""
    if points(asked) or len(content_words(asked)) < SHORT:
        return False
    return stems(asked).isdisjoint(stem for turn in before for stem in stems(turn.text))


def topic_of(turns: Sequence[Turn]) -> str:
    """Give the words that a conversation keeps coming back to, the heaviest first."""
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
