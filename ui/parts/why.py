"""Why a hit is on the page and why a document is not, in words that need no manual."""

from collections.abc import Mapping, Sequence

from hone.errors import HoneError
from hone.records import Asker, Channel, Document, Hit
from retriever.searching.explain import Explanation, explain
from retriever.searching.searcher import Question
from service.documents import document_of
from service.service import Service
from ui.parts.snippets import words_in

LEGS: Sequence[tuple[str, str]] = (("dense", "By meaning"), ("bm25", "By keywords"), ("fused", "Combined"))
NOBODYS = "No document you can access has that name."
LOST: Mapping[str, str] = {
    "unknown": NOBODYS,
    "refused": NOBODYS,
    "not permitted": NOBODYS,
    "not indexed": "It is too new to be searchable yet. Try again after the next sync.",
}


def why_hit(hit: Hit, query: str) -> list[dict[str, str]]:
    """Tell by what a hit was found and how well, a line for each way of searching."""
    matched = words_in(f"{' '.join(hit.heading)} {hit.title} {hit.text}", query)
    return [{"leg": name, "told": _told(leg, hit.channels.get(leg), matched)} for leg, name in LEGS]


def why_not(service: Service, question: Question, name: str) -> str:
    """Tell what became of a document that somebody expected; one that they may not read is none to them."""
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


def _told(leg: str, channel: Channel | None, matched: Sequence[str]) -> str:
    if channel is None:
        return "none of your words" if leg == "bm25" else "not near the top"
    place = f"{ordinal(channel.rank)} ({channel.score:.2f})"
    return f"{place}: {', '.join(matched)}" if leg == "bm25" and matched else place


def _explained(found: Explanation) -> str:
    if found.outcome in LOST:
        return LOST[found.outcome]
    if found.outcome == "filtered":
        return f"Your filters exclude it: {found.message.partition(': ')[2].rstrip('.')}."
    if found.message.startswith("It is on this page"):
        return found.message
    ranks = [f"{ordinal(channel.rank)} {name.casefold()}" for leg, name in LEGS if (channel := found.channels.get(leg))]
    silent = "" if "bm25" in found.channels else " It contains none of your words."
    return f"Its best passage ranked {', '.join(ranks)}, so it isn't on this page.{silent}"


def ordinal(rank: int) -> str:
    """Write a rank as people say it."""
    ending = "th" if 10 <= rank % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank:,}{ending}"
