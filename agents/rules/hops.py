"""The second hop without an LLM: what the first passages name and the question does not is searched for in its turn."""

import math
from collections import Counter
from collections.abc import Sequence

from agents.records import Evidence, Plan, Reason, Retrieved, SubQuestion
from agents.rules.links import Wanted, closeness, run, title_run
from agents.rules.subjects import names, stems
from hone.records import Filters, Hit

ROUNDS = 2  # further ones
HOPS = 3  # searches a round
PROMISE = 0.25  # searching for names below it costs five more searches a question and finds 2 % more
READ = 3  # passages that are read for names

_Search = tuple[str, Reason]


def next_questions(
    plan: Plan,
    retrieved: Sequence[Retrieved],
    evidence: Sequence[Evidence],
    round_made: int,
) -> tuple[SubQuestion, ...]:
    """Return what to search for next, nothing where the passages lead no further."""
    if round_made > ROUNDS or plan.intent != "question":
        return ()
    searches: list[_Search] = [(text, "widened") for text in _without_hits(retrieved)]
    searches += [(name, "hop") for name in bridges(plan, retrieved, evidence)[:HOPS]]
    asked = {item.question.text.casefold() for item in retrieved if item.question.filters == Filters()}
    fresh = [item for item in searches if item[0].casefold() not in asked]
    return tuple(
        SubQuestion(id=f"q{number}", text=text, reason=reason)
        for number, (text, reason) in enumerate(fresh, len(retrieved) + 1)
    )


def bridges(plan: Plan, retrieved: Sequence[Retrieved], evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return the names that the best passages lead to, the most promising first; what is at hand needs no search."""
    wanted, known = Wanted.of(plan.standalone), stems(plan.standalone)
    pool = {hit.passage: hit for item in retrieved for hit in (item.result.hits if item.result else ())}
    at_hand = {title_run(hit.title) for hit in pool.values()}
    searched = {run(item.question.text) for item in retrieved}
    texts = [run(hit.text) for hit in pool.values()]
    found: Counter[str] = Counter()
    for place, item in enumerate(evidence[:READ]):
        for rank, name in enumerate(_names_in(item.hit, known)):
            key = run(name)
            if key in at_hand or key in searched:
                continue
            rare = math.log((1 + len(texts)) / (1 + sum(key in text for text in texts))) / math.log(1 + len(texts))
            score = (0.3 + closeness(item.hit.text, name, wanted)) * rare / (1 + 0.3 * place) / (1 + 0.05 * rank)
            score *= 1.0 if " " in name else 0.6
            found[name] = max(found[name], score)
    return tuple(name for name, score in found.most_common() if score >= PROMISE)


def _names_in(hit: Hit, known: frozenset[str]) -> tuple[str, ...]:
    title = stems(hit.title)
    return tuple(name for name in names(hit.text) if stems(name) and not stems(name) <= known | title)


def _without_hits(retrieved: Sequence[Retrieved]) -> list[str]:
    """Ask again without the filters where they left nothing."""
    return [
        item.question.text
        for item in retrieved
        if item.question.filters != Filters() and item.result is not None and not item.result.hits
    ]
