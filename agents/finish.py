"""The record that an asker gets, from what the graph left behind."""

from collections.abc import Sequence
from dataclasses import replace

from agents.check import held
from agents.compose import FAILED, LATE, body_of
from agents.records import Answer, AnswerVerdict, Citation, Claim, Conflict, Degradation, Sufficiency
from agents.sanitise import strip_markup
from agents.state import Deps, State
from hone.errors import HoneError
from hone.records import Hit

CLOSEST = 3  # hits shown where the answer is not enough


def answer_of(state: State, ask_id: str, thread: str, deps: Deps) -> Answer:
    """Make the answer of a run that came to its end, or as far as it came."""
    claims = held(state["claims"])
    verdict = _verdict(state, claims)
    text = state["text"] or (LATE if _found(state) else FAILED)
    told = state["sufficiency"] if state["text"] and claims else None
    return Answer(
        ask_id=ask_id,
        thread=thread,
        question=state["question"],
        text=text,
        verdict=verdict,
        claims=tuple(state["claims"]),
        citations=_citations(claims),
        closest=_closest(state, deps) if verdict in ("insufficient", "partial", "best_match") else (),
        degraded=_once(state["degraded"]),
        search_ids=tuple(item.result.search_id for item in state["retrieved"] if item.result is not None),
        took_ms=dict(deps.took_ms),
        body=strip_markup(body_of(claims)) if told else text,
        conflicts=_conflicts(told) if told else (),
        missing=tuple(map(strip_markup, told.missing)) if told else (),
        may_mean=tuple(map(strip_markup, told.may_mean)) if told else (),
    )


def _conflicts(sufficiency: Sufficiency) -> tuple[Conflict, ...]:
    """List the conflicts that the text tells, their subjects made plain as the text is."""
    if sufficiency.verdict != "conflicting":
        return ()
    return tuple(replace(conflict, about=strip_markup(conflict.about)) for conflict in sufficiency.conflicts)


def _verdict(state: State, held: Sequence[Claim]) -> AnswerVerdict:
    plan, sufficiency = state["plan"], state["sufficiency"]
    if plan is not None and plan.ask_back:
        return "asks_back"
    if plan is not None and plan.intent == "greeting":
        return "greeting"
    if plan is not None and plan.intent == "out_of_scope":
        return "out_of_scope"
    if sufficiency is None or not held:
        return "insufficient"
    return sufficiency.verdict


def _citations(claims: Sequence[Claim]) -> tuple[Citation, ...]:
    found = {(item.number, item.start, item.end): item for claim in claims for item in claim.citations}
    return tuple(found[key] for key in sorted(found))


def _closest(state: State, deps: Deps) -> tuple[Hit, ...]:
    """Pick the documents that the question itself found first, then what else was found, each by its best passage."""
    hits = [*_found(state), *(item.hit for item in state["evidence"])]
    try:
        permitted = deps.permitted([hit.passage for hit in hits]) if hits else frozenset[str]()
    except HoneError:  # what can't be checked is not shown
        permitted = frozenset[str]()
    best: dict[str, Hit] = {}
    for hit in hits:
        if hit.passage in permitted:
            best.setdefault(hit.document, hit)
    return tuple(best.values())[:CLOSEST]


def _found(state: State) -> list[Hit]:
    """List the hits of all searches, in the order of the searches: the question as it stands alone is the first."""
    return [hit for item in state["retrieved"] if item.result is not None for hit in item.result.hits]


def _once(degraded: Sequence[Degradation]) -> tuple[Degradation, ...]:
    return tuple(dict.fromkeys(degraded))
