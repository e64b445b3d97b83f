"""The second hop without an LLM: what the first passages name and the question does not is searched for in its turn."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from agents.heuristics.subjects import content_words, names, stems
from agents.records import Evidence, Plan, Reason, Retrieved, SubQuestion
from hone.records import Filters, Hit

_WORD = re.compile(r"\w+")
_ASIDE = re.compile(r"\s*\([^)]*\)\s*$")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"])|\n+")
ROOT = 5  # letters that two words of one family share: director and directed, founder and founded


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a question asks about, and the words that say what of it."""

    named: str  # the question as one run of words
    roots: frozenset[str]  # of the words that are in no name

    @classmethod
    def of(cls, question: str) -> "Wanted":
        inside = {word.lower() for name in names(question) for word in _WORD.findall(name)}
        words = [word.lower() for word in content_words(question)]
        return cls(
            named=run(question),
            roots=frozenset(word[:ROOT] for word in words if word not in inside and len(word) >= ROOT),
        )


@lru_cache(maxsize=4096)
def run(text: str) -> str:
    """Return a text's words in lower case, one space around each, so that a run of them is found by `in`."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


@lru_cache(maxsize=4096)
def title_run(title: str) -> str:
    """Return what another text would call a document: its title without what stands in brackets."""
    short = run(_ASIDE.sub("", title))
    return short if len(short) > 5 and stems(title) else ""


def calls(text: str, title: str) -> bool:
    """Check whether a text names a document."""
    wanted = title_run(title)
    return bool(wanted) and wanted in run(text)


def closeness(text: str, title: str, wanted: Wanted) -> float:
    """Score how near a text names a title to a word of the question: 1 beside it, 0 in no sentence with one."""
    short = title_run(title).strip()
    best = 0.0
    for sentence in _SENTENCE.split(text):
        words = _WORD.findall(sentence.casefold())
        line = f" {' '.join(words)} "
        place = line.find(f" {short} ")
        if place < 0:
            continue
        start = line[:place].count(" ")
        end = start + short.count(" ") + 1
        for number, word in enumerate(words):
            if word[:ROOT] in wanted.roots and not start <= number < end:
                gap = start - number if number < start else number - end + 1
                best = max(best, 1 / (1 + max(gap - 2, 0) / 4))
    return best


ROUNDS = 2  # further ones
HOPS = 3  # searches a round
PROMISE = 0.35  # above FAR, so that a name has to stand near a word of the question
FAR = 0.3  # what a name is worth in a sentence that has no word of the question
LOWER, LATER = 0.3, 0.05  # how soon a name counts for less: by the place of its passage, by its own place there
ONE_WORD = 0.6  # a single word names fewer documents than a full name
READ = 3  # passages that are read for names


def next_questions(
    plan: Plan,
    retrieved: Sequence[Retrieved],
    evidence: Sequence[Evidence],
    round_made: int,
) -> tuple[SubQuestion, ...]:
    """Return what to search for next, nothing where the passages lead no further."""
    if round_made > ROUNDS or plan.intent != "question":
        return ()
    searches: list[tuple[str, Reason]] = []
    searches.extend((text, "widened") for text in _without_hits(retrieved))
    if not leans(plan):
        searches.extend((name, "hop") for name in bridges(plan, retrieved, evidence)[:HOPS])
    asked = {item.question.text.casefold() for item in retrieved if item.question.filters == Filters()}
    fresh = [item for item in searches if item[0].casefold() not in asked]
    return tuple(
        SubQuestion(id=f"q{number}", text=text, reason=reason)
        for number, (text, reason) in enumerate(fresh, len(retrieved) + 1)
    )


def leans(plan: Plan) -> bool:
    """Recognise a question that earlier turns are part of.

    Its words are a heap of what the conversation is about rather than a chain to follow, and hops displace more than
    they find: docs/experiments/2026-11-20-planning.md.
    """
    return any(item.reason == "asked" and item.text != plan.standalone for item in plan.questions)


def bridges(plan: Plan, retrieved: Sequence[Retrieved], evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return the names that the best passages lead to, the most promising first; what is at hand needs no search."""
    wanted, known = Wanted.of(plan.standalone), stems(plan.standalone)
    hits = {hit.passage: hit for item in retrieved for hit in (item.result.hits if item.result else ())}
    needless = {title_run(hit.title) for hit in hits.values()} | {run(item.question.text) for item in retrieved}
    texts = [run(hit.text) for hit in hits.values()]
    promises: dict[str, float] = {}
    for place, item in enumerate(evidence[:READ]):
        for rank, name in enumerate(_names_in(item.hit, known)):
            if run(name) not in needless:
                near = FAR + closeness(item.hit.text, name, wanted)
                promise = near * _rarity(name, texts) / (1 + LOWER * place) / (1 + LATER * rank)
                promises[name] = max(promises.get(name, 0.0), promise if " " in name else promise * ONE_WORD)
    best = sorted(promises, key=lambda name: -promises[name])
    return tuple(name for name in best if promises[name] >= PROMISE)


def _names_in(hit: Hit, known: frozenset[str]) -> tuple[str, ...]:
    title = stems(hit.title)
    return tuple(name for name in names(hit.text) if stems(name) and not stems(name) <= known | title)


def _rarity(name: str, texts: Sequence[str]) -> float:
    """Score a name 1 if it is in one passage only, 0 if in all: countries and months lead nowhere."""
    holders = sum(run(name) in text for text in texts)
    return 1 - math.log(max(holders, 1)) / math.log(1 + len(texts))


def _without_hits(retrieved: Sequence[Retrieved]) -> list[str]:
    """Ask again without the filters where they left nothing."""
    return [
        item.question.text
        for item in retrieved
        if item.question.filters != Filters() and item.result is not None and not item.result.hits
    ]
