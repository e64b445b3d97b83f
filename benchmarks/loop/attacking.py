"""People who push one document, for as many questions as they can."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.loop.asking import HOUR, MINUTE, SATURDAY, Turn, name_of
from benchmarks.loop.habits import Habits
from benchmarks.loop.known import Wanted
from hone.records import SearchResult
from retriever.searching.searcher import Question, Searcher

SAMPLE = 1500  # training questions that attackers try out
EACH = 10  # questions that a patient attacker speaks for: what one person says of one document beyond that is capped
BORROWED = 8  # words of their document that they put behind a question for which it is not shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What is pushed, and for which questions."""

    document: str
    wordings: tuple[tuple[Wanted, str], ...]  # as asked; where the document would not be shown, with words of its own


def choose(searcher: Searcher, asked: Sequence[Wanted], habits: Habits) -> Attack:
    """Take the document that most questions show without wanting it, which is the one that can be pushed furthest."""
    drawn = random.Random(f"attack {habits.seed}")
    tried = drawn.sample(list(asked), min(SAMPLE, len(asked)))
    pages = dict(zip(tried, searcher.search_all([Question(text=wanted.text) for wanted in tried]), strict=True))
    counts = Counter(name for wanted, page in pages.items() for name in _shown(page) - wanted.gold)
    document = min(counts, key=lambda name: (-counts[name], name))
    theirs = [wanted for wanted, page in pages.items() if document in _shown(page) - wanted.gold][: habits.attacked]
    words = " ".join(_text_of(pages.values(), document).split()[:BORROWED])
    others = [wanted for wanted in tried if wanted not in theirs and document not in wanted.gold]
    more = others[: habits.attacked - len(theirs)]
    return Attack(
        document=document,
        wordings=(*((wanted, wanted.text) for wanted in theirs), *((one, f"{one.text} {words}") for one in more)),
    )


def push(attack: Attack, habits: Habits, start: datetime) -> Iterator[Turn]:
    """Return every attacker every question in one hour; or patient ones their own few, some on each day."""
    days = [start + timedelta(days=day) for day in range(habits.days)]
    days = [day for day in days if day.weekday() < SATURDAY]
    for enemy in range(habits.enemies):
        drawn = random.Random(f"push {habits.seed} {enemy}")
        chosen = attack.wordings if habits.burst else _some(attack, enemy)
        for place, (wanted, text) in enumerate(chosen):
            at = days[-1] + 15 * HOUR + place * 0.9 * MINUTE  # at the end, when there is most to hide among
            if not habits.burst:
                at = days[(place * len(days) // len(chosen)) % len(days)] + drawn.uniform(8, 17) * HOUR
            name = f"{name_of(enemy)}-push{place}-{at:%Y%m%d}"
            yield Turn(id=name, person=name_of(enemy), wanted=wanted, text=text, at=at, pushing=attack.document)


def _some(attack: Attack, enemy: int) -> Sequence[tuple[Wanted, str]]:
    places = [(enemy * EACH + step) % len(attack.wordings) for step in range(min(EACH, len(attack.wordings)))]
    return [attack.wordings[place] for place in places]


def _shown(page: SearchResult) -> frozenset[str]:
    return frozenset(hit.document for hit in page.hits)


def _text_of(pages: Iterable[SearchResult], document: str) -> str:
    return next((hit.text for page in pages for hit in page.hits if hit.document == document), "")
