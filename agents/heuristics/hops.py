"""The second hop without an LLM: what the first passages name and the question does not is searched for in its turn."""

import math
from collections.abc import Sequence

from agents.heuristics.links import Wanted, closeness, run, title_run
from agents.heuristics.subjects import names, stems
from agents.records import Evidence, Plan, Reason, Retrieved, SubQuestion
from hone.records import Filters, Hit

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
