"""The hits of a search: what is drawn of them, and what a person does with them."""

from collections.abc import Callable, Collection
from typing import Any

import streamlit as st

from agents.sanitise import strip_invisible
from hone.records import Asker, Hit, SearchResult
from service.confirmed import confirmed_in_words
from service.feedback import Word
from service.service import Service
from service.snippets import snippet
from ui.answer.data import day
from ui.failing import kindly
from ui.parts.components import part
from ui.parts.opened import OpenedPassage, open_passage
from ui.parts.why import why_hit

_results = part("results")


def show_results(service: Service, asker: Asker, result: SearchResult) -> None:
    """Draw the hits of a search."""
    relevant = {event.object_id for event in service.feedback.called_right(asker, result.query)}
    key = f"results_{result.search_id}"
    _results(key=key, data=results_data(result, relevant), on_act_change=_acted(service, asker, result, key))


def results_data(result: SearchResult, relevant: Collection[str]) -> dict[str, Any]:
    """Make the plain data that a search's hits are drawn from."""
    return {"hits": [_hit(hit, result.query, hit.passage in relevant) for hit in result.hits]}


def act(service: Service, asker: Asker, result: SearchResult, pointed: dict[str, Any]) -> None:
    """Do what a person chose for a hit: open it, or mark or unmark it as the right one."""
    hit = next((hit for hit in result.hits if hit.rank == pointed.get("rank")), None)
    if hit is None:
        return
    if pointed.get("kind") == "click":
        _give(service, asker, result, hit, "click")
        open_passage(
            OpenedPassage(
                document=hit.document,
                passage=hit.passage,
                start=hit.start,
                end=hit.end,
                search_id=result.search_id,
                ordinal=hit.rank,
            )
        )
    elif pointed.get("kind") == "relevant":
        said = service.feedback.called_right(asker, result.query)
        before = [event for event in said if event.object_id == hit.passage]
        for event in before:
            service.feedback.withdraw(event.event_id, asker)
        if not before:
            _give(service, asker, result, hit, "relevant")


def _give(service: Service, asker: Asker, result: SearchResult, hit: Hit, action: Any) -> None:
    word = Word(action=action, search_id=result.search_id, object_id=hit.passage, ordinal=hit.rank)
    service.feedback.give(word, asker)


def _acted(service: Service, asker: Asker, result: SearchResult, key: str) -> Callable[[], None]:
    def run() -> None:
        if pointed := st.session_state[key].act:
            kindly(lambda: act(service, asker, result, dict(pointed)))

    return run


def _hit(hit: Hit, query: str, relevant: bool) -> dict[str, Any]:
    return {
        "rank": hit.rank,
        "title": strip_invisible(hit.title) or hit.document,
        "heading": strip_invisible(" › ".join(hit.place)),
        "where": strip_invisible(f"{hit.source}/{hit.path}"),
        "kind": hit.kind,
        "page": hit.page,
        "date": day(hit.modified),
        "snippet": snippet(hit.text, query),
        "also": [strip_invisible(name) for name in hit.also_in],
        "confirmed": confirmed_in_words(hit.confirmed) if hit.confirmed else "",
        "why": why_hit(hit, query),
        "relevant": relevant,
    }
