"""Why a hit is on the page and why a document is not, in words that need no manual."""

from collections.abc import Mapping, Sequence

from hone.errors import HoneError
from hone.records import Asker, Channel, Document, Hit
from retriever.ranking.legs import BM25, FUSED, LEGS, RERANKED, stage_labels, usual_legs
from retriever.searching.explain import Explanation, explain
from retriever.searching.searcher import Question
from service.documents import document_of
from service.service import Service
from service.snippets import words_in

NOBODYS = "No document you can access has that name."
LOST: Mapping[str, str] = {
    "unknown": NOBODYS,
    "refused": NOBODYS,
    "not permitted": NOBODYS,
    "not indexed": "It is too new to be searchable yet. Try again after the next sync.",
}


def why_hit(hit: Hit, query: str) -> list[dict[str, str]]:
    """Explain how a hit was found, a line for each way of searching."""
    matched = words_in(f"{' '.join(hit.heading)} {hit.title} {hit.text}", query)
    return [
        {"stage": label, "rank": _place(stage, hit.channels.get(stage), matched)}
        for stage, label in stage_labels().items()
        if stage in hit.channels or stage in usual_legs()
    ]


def why_not(service: Service, question: Question, name: str) -> str:
    """Explain where a document went that somebody expected; one that they may not read doesn't exist for them."""
    document = expected(service, question.asker, name)
    if document is None:
        return NOBODYS
    service.rate.take(question.asker.name)
    return _explained(explain(service.searcher, question, document.id))


def expected(service: Service, asker: Asker, name: str) -> Document | None:
    """Find the document that somebody means, by its id, path, file name or title, among those that they may read."""
    name = name.strip()
    try:
        return document_of(service.library, name, asker)
    except HoneError:
        wanted = name.casefold()
        readable = (found for found in service.library.documents() if asker.may_read(found.groups))
        named = [found for found in readable if wanted in _names(found)]
        return named[0] if wanted and named else None


def _names(document: Document) -> frozenset[str]:
    file = document.path.rpartition("/")[2]
    names = (document.path, f"{document.source}/{document.path}", file, file.rpartition(".")[0], document.title)
    return frozenset(name.casefold() for name in names)


def _place(stage: str, channel: Channel | None, matched: Sequence[str]) -> str:
    if channel is None:
        return "none of your words" if stage == BM25.name else "not near the top"
    place = ordinal(channel.rank)
    return f"{place} ({', '.join(matched)})" if stage == BM25.name and matched else place


def _explained(found: Explanation) -> str:
    if found.outcome in LOST:
        return LOST[found.outcome]
    if found.outcome == "filtered" or found.rank is not None:
        return found.message
    overall = found.channels.get(RERANKED) or found.channels[FUSED]
    by_leg = ", ".join(
        f"{ordinal(channel.rank)} {leg.label.casefold()}"
        for leg in LEGS.values()
        if (channel := found.channels.get(leg.name))
    )
    words = "" if BM25.name in found.channels else "; it contains none of your words"
    return f"Ranked {ordinal(overall.rank)} overall ({by_leg}{words}), so it isn't on this page."


def ordinal(rank: int) -> str:
    """Write a rank as people say it."""
    ending = "th" if 10 <= rank % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank:,}{ending}"
