"""What the assistant did, step by step, in everyday words."""

from collections.abc import Mapping
from typing import Any

from agents.events import (
    Answered,
    AnswerToken,
    ClaimChecked,
    Degraded,
    Event,
    Judged,
    PassagesFound,
    Planned,
    QuotedFirst,
    Searching,
)
from agents.records import NOT_KEPT
from hone.log.asks import LoggedAsk
from ui.safe import short

SEARCHED: Mapping[str, str] = {
    "asked": "Searched for “{}”",
    "part": "Searched for one part: “{}”",
    "hop": "Followed up on “{}”",
    "widened": "Searched again in other words: “{}”",
}
JUDGED: Mapping[str, str] = {
    "sufficient": "Found enough to answer",
    "best_match": "Found something close",
    "partial": "Found part of the answer",
    "conflicting": "Sources disagree",
    "insufficient": "Found no answer",
    "out_of_scope": "Not covered by the documents",
}
STAGES: Mapping[str, str] = {  # degradations name stages; people know what they do
    "plan": "Planning",
    "retrieve": "A search",
    "judge": "Checking what was found",
    "answer": "Writing the answer",
    "check": "Checking the answer",
    "ask": "Full answer",
    NOT_KEPT: "Saving the conversation",
    "log": "Saving the record",
}
WHAT = 120  # characters shown of what did not work
SHOWN = 3  # titles named of what a search found


def now_doing(event: Event) -> str:
    """Say what is being done after an event, in one line."""
    match event:
        case Planned():
            return "Reading the question"
        case Searching(text=text):
            return f"Searching for “{text}”"
        case PassagesFound(documents=documents):
            return f"Reading {', '.join(dict.fromkeys(documents[:SHOWN]))}" if documents else "Looking further"
        case Judged():
            return "Checking what was found"
        case QuotedFirst() | AnswerToken():
            return "Writing"
        case ClaimChecked() | Answered():
            return "Checking every sentence against its source"
        case Degraded(degradation=lost):
            return lost_line(lost.stage, lost.what, lost.instead)


def step_of(event: Event) -> str:
    """Say what an event adds to the list of steps; nothing for those that add none."""
    match event:
        case Planned(plan=plan) if len(plan.questions) > 1:
            return f"Split into {len(plan.questions)} questions"
        case Searching(text=text, reason=reason):
            return SEARCHED.get(reason, SEARCHED["asked"]).format(text)
        case PassagesFound(documents=documents):
            return f"Found {', '.join(dict.fromkeys(documents[:SHOWN]))}" if documents else "Found nothing"
        case Judged(sufficiency=sufficiency):
            return JUDGED.get(sufficiency.verdict, "")
        case Degraded(degradation=lost):
            return lost_line(lost.stage, lost.what, lost.instead)
        case _:
            return ""


def steps_of(logged: LoggedAsk) -> tuple[str, ...]:
    """List the steps of an ask from the log."""
    return tuple(filter(None, [*_planned(logged), *map(_searched, logged.searches), *_weighed(logged)]))


def lost_line(stage: str, what: str, instead: str) -> str:
    """Say what did not work and what was done instead."""
    reason = short(what.partition(" - {")[0], WHAT)  # what an LLM's server says about itself is for the log
    return f"{STAGES.get(stage, stage.capitalize())} failed ({reason}); {instead}."


def summary(searches: int, took_ms: float) -> str:
    """Say in a line how much work an answer was."""
    took = f"{took_ms / 1000:.1f} s" if took_ms >= 100 else "a moment"  # a tenth of a second is all that is shown
    return f"{searches} {'search' if searches == 1 else 'searches'} in {took}" if searches else f"Answered in {took}"


def _planned(logged: LoggedAsk) -> list[str]:
    standalone = str(logged.plan.get("standalone", ""))
    understood = standalone and standalone.casefold() != logged.question.strip().casefold()
    return [f"Understood as “{standalone}”"] if understood else []


def _searched(search: Mapping[str, Any]) -> str:
    if error := search.get("error"):
        return f"A search failed: {error}"
    return SEARCHED.get(str(search.get("reason")), SEARCHED["asked"]).format(search.get("text", ""))


def _weighed(logged: LoggedAsk) -> list[str]:
    said = [claim for claim in logged.claims if claim.get("support") in ("quoted", "supported")]
    passages = f"Read {len(logged.evidence)} passages closely" if logged.evidence else ""
    dropped = len(logged.claims) - len(said)
    left_out = f" and left out {dropped} that no source supports" if dropped else ""
    checked = f"Checked {len(said)} statements against their sources{left_out}" if logged.claims else ""
    return [passages, checked]
