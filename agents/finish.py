"""The record that an asker gets, from what the graph left behind."""

from collections.abc import Mapping, Sequence

from agents.compose import FAILED
from agents.records import Answer, AnswerVerdict, Citation, Claim, Degradation
from agents.state import State
from hone.records import Hit

CLOSEST = 3  # hits shown where the answer is not enough


def answer_of(state: State, ask_id: str, thread: str, took_ms: Mapping[str, float]) -> Answer:
    """Make the answer of a run that came to its end, or as far as it came."""
    claims = tuple(claim for claim in state["claims"] if claim.support in ("quoted", "supported"))
    verdict = _verdict(state, claims)
    return Answer(
        ask_id=ask_id,
        thread=thread,
        question=state["question"],
        text=state["text"] or FAILED,
        verdict=verdict,
        claims=tuple(state["claims"]),
        citations=_citations(claims),
        closest=_closest(state) if verdict in ("insufficient", "partial") else (),
        degraded=_once(state["degraded"]),
        search_ids=tuple(item.result.search_id for item in state["retrieved"] if item.result is not None),
        took_ms=dict(took_ms),
    )


def _verdict(state: State, held: Sequence[Claim]) -> AnswerVerdict:
    plan, sufficiency = state["plan"], state["sufficiency"]
    if plan is not None and plan.ask_back:
        return "asks_back"
    if plan is not None and plan.intent == "greeting":
        return "greeting"
    if plan is not None and plan.intent != "question":
        return "out_of_scope"
    if sufficiency is None or not held:
        return "insufficient"
    return sufficiency.verdict


def _citations(claims: Sequence[Claim]) -> tuple[Citation, ...]:
    found = {(item.number, item.start, item.end): item for claim in claims for item in claim.citations}
    return tuple(found[key] for key in sorted(found))


def _closest(state: State) -> tuple[Hit, ...]:
    """The best of the searches' own first hits, where the answerer was given none."""
    given = [item.hit for item in state["evidence"]]
    found = [hit for item in state["retrieved"] if item.result is not None for hit in item.result.hits[:CLOSEST]]
    documents = {hit.document: hit for hit in reversed([*given, *found])}
    return tuple(list(reversed(documents.values()))[:CLOSEST])


def _once(degraded: Sequence[Degradation]) -> tuple[Degradation, ...]:
    return tuple(dict.fromkeys(degraded))
