"""The plan as an LLM makes it: from the conversation alone, held to what exists."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from agents.heuristics.facts import share, terms_of
from agents.llm.budget import Budget
from agents.llm.client import Llm
from agents.llm.passages import cleaned
from agents.llm.requests import LlmFailure, PromptMessage, Shape
from agents.llm.structured import structured
from agents.prompts import PLAN
from agents.records import Intent, Plan, Reason, SubQuestion, Turn
from agents.sanitise import strip_invisible, strip_markup
from hone.records import Filters

MOST_QUESTIONS = 4
ABOUT = 0.4  # of a planned question's words that somebody has said; the rest may be other words for the same
LOOPING = 12  # words from which a question that repeats most of them is no question
MOST_TURNS = 8  # the last ones; older ones seldom bear on a question
LONGEST_TURN = 2000  # characters
LONGEST_QUESTION = 400
MOST_NAMED = 60  # sources and kinds that a prompt names
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
WHEN = re.compile(  # what makes a date in a plan the user's own; without it the date was made up or planted
    r"\d|today|yesterday|week|month|quarter|year|recent|latest|since|until|before|after|"
    r"heute|gestern|woche|monat|jahr|seit|vor|aujourd|hier|semaine|mois|année|depuis|hoy|ayer|semana|mes|año|desde",
    re.IGNORECASE,
)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) and value.strip() else [] if value in (None, "") else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class SearchPlan(Shape):
    """What to search for."""

    intent: Literal["question", "greeting", "out_of_scope", "unclear"]
    standalone: str = Field(max_length=4000)
    questions: Texts = ()
    ask_back: str = ""
    narrow: Texts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningContext:
    """What there is to narrow a search to, and when now is."""

    sources: Collection[str]
    kinds: Collection[str]
    today: date


async def plan_with_llm(
    turns: Sequence[Turn], today: date, sources: Collection[str], kinds: Collection[str], llm: Llm, budget: Budget
) -> Plan | LlmFailure:
    """Let the LLM understand the conversation; it sees nothing else, and can only narrow to what exists."""
    around = PlanningContext(sources=sources, kinds=kinds, today=today)
    reply = await structured(SearchPlan, planning_messages(turns, around), llm, budget)
    if isinstance(reply, LlmFailure):
        return reply
    if reply.intent == "question" and not is_about(reply.standalone, turns):
        return LlmFailure(kind="off_topic", what="the LLM's plan was about something else")
    return plan_of(reply, turns, around, llm.name)


def planning_messages(turns: Sequence[Turn], around: PlanningContext) -> tuple[PromptMessage, ...]:
    """Write the prompt of a plan."""
    named = [f'"source:{name}"' for name in sorted(around.sources)] + [
        f'"kind:{name}"' for name in sorted(around.kinds)
    ]
    rules = PLAN.filled(today=around.today.isoformat(), narrowings=", ".join(named[:MOST_NAMED]) or "(none)")
    said = "\n".join(f"{turn.role}: {cleaned(turn.text)[:LONGEST_TURN].strip()}" for turn in turns[-MOST_TURNS:])
    return PromptMessage(role="system", text=rules), PromptMessage(role="user", text=f"The conversation:\n{said}")


def plan_of(reply: SearchPlan, turns: Sequence[Turn], around: PlanningContext, made_by: str) -> Plan:
    """Make a plan of a reply; what does not exist or was not asked for is left out."""
    last = next((turn.text for turn in reversed(turns) if turn.role == "user"), "")
    typed = _question(last)
    standalone = _question(reply.standalone) or typed
    texts = [text for text in map(_question, reply.questions) if text and is_about(text, turns)]
    filters = narrowing(reply.narrow, turns, around)
    intent: Intent = reply.intent
    ask_back = strip_markup(_question(reply.ask_back)) if intent in ("question", "unclear") else ""
    searched = searches_of(standalone, typed, texts) if intent in ("question", "unclear") else {}
    return Plan(
        intent=intent,
        standalone=standalone,
        questions=tuple(
            SubQuestion(id=f"q{place}", text=text, reason=reason, filters=filters)
            for place, (text, reason) in enumerate(searched.items(), start=1)
        ),
        ask_back=ask_back,
        made_by=made_by,
    )


def is_about(text: str, turns: Sequence[Turn]) -> bool:
    """Check whether a question has enough words of the conversation; a copied example or a loop has not."""
    words = text.casefold().split()
    if len(words) > LOOPING and len(set(words)) < len(words) / 2:
        return False
    return share(terms_of(text), terms_of("\n".join(turn.text for turn in turns))) >= ABOUT


def searches_of(standalone: str, typed: str, parts: Sequence[str]) -> dict[str, Reason]:
    """Search for the question as it stands alone and as it was typed, then for its parts or in other words."""
    reason: Reason = "part" if len(parts) > 1 else "widened"
    wanted: list[tuple[str, Reason]] = [(standalone, "asked"), (typed, "asked"), *((text, reason) for text in parts)]
    reasons: dict[str, Reason] = {}
    for text, reason in wanted:
        reasons.setdefault(text, reason)
    return dict(list(reasons.items())[:MOST_QUESTIONS])


def narrowing(entries: Sequence[str], turns: Sequence[Turn], around: PlanningContext) -> Filters:
    """Take from a plan the filters that exist and that the user's own words call for.

    The assistant's turns quote documents, so what a document says could stand behind a plan; the user's turns cannot
    hold it.
    """
    said = " ".join(turn.text for turn in turns if turn.role == "user").casefold()
    values: dict[str, set[str]] = {}
    for entry in entries:
        name, _, value = entry.partition(":")
        values.setdefault(name.strip().casefold(), set()).add(value.strip())
    dated = WHEN.search(said) is not None
    since, until = (_day(values.get(name, set()), around.today) if dated else None for name in ("since", "until"))
    return Filters(
        sources=frozenset(_named(values.get("source", set()), around.sources, said)),
        kinds=frozenset(_named(values.get("kind", set()), around.kinds, said)),
        since=datetime.combine(since, time.min, UTC) if since else None,
        until=datetime.combine(until, time.max, UTC) if until and (since is None or since <= until) else None,
    )


def _named(wanted: Collection[str], existing: Collection[str], said: str) -> list[str]:
    return [name for name in existing if name in wanted and _mentions(said, name)]


def _mentions(said: str, name: str) -> bool:
    """Check whether a text uses a name, or a word of it as long as a word has to be to mean something."""
    words = [name.casefold(), *(word for word in re.split(r"[\W_]+", name.casefold()) if len(word) > 3)]
    return any(re.search(rf"(?<!\w){re.escape(word)}s?(?!\w)", said) for word in words)


def _day(values: Collection[str], today: date) -> date | None:
    for value in sorted(values):
        try:
            day = date.fromisoformat(value) if DAY.fullmatch(value) else None
        except ValueError:
            continue
        if day and day <= today + timedelta(days=1):
            return day
    return None


def _question(text: str) -> str:
    return " ".join(strip_invisible(text).split())[:LONGEST_QUESTION]
