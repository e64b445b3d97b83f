"""A plan without an LLM: what is wanted, made to stand alone, in parts, and as narrow as it was asked."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import islice

from agents.heuristics.followups import Understood, understand
from agents.heuristics.intents import has_asked_back, intent_of
from agents.heuristics.narrowing import narrow
from agents.heuristics.splitting import split
from agents.records import Plan, Reason, SubQuestion, Turn
from retriever.searching.searcher import LONGEST_QUERY

MOST = 4  # sub-questions of a plan
ASK_BACK = "What would you like to know? A few more words would help: what is it about?"


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
    """Give the question as it stands alone, as it was typed, and by its parts, each once and four at most."""
    wanted: list[tuple[str, Reason]] = [(understood.standalone, "asked")]
    wanted.append((understood.asked, "asked") if understood.leans else (understood.with_topic, "widened"))
    topic = understood.topic if understood.leans else ""
    wanted.extend((f"{topic} {part}".strip(), "part") for part in split(understood.asked))
    reasons: dict[str, Reason] = {}
    for text, reason in wanted:
        if text := text[-LONGEST_QUERY:].strip():
            reasons.setdefault(text, reason)
    return islice(reasons.items(), MOST)
