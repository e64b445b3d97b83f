"""Why a document that somebody expected is not on the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hone.errors import HoneError
from hone.records import Channel, Document, Filters
from retriever.ranking.legs import BM25, DENSE, FUSED, stage_labels
from retriever.ranking.rank import Ranked, score
from retriever.searching.live import OpenIndex
from retriever.searching.searcher import Question, Searcher, checked, query_of

Outcome = Literal["unknown", "refused", "not permitted", "not indexed", "filtered", "ranked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What became of one document in one search."""

    document: str
    outcome: Outcome
    message: str
    channels: Mapping[str, Channel]  # its best passage's rank in each stage, where it came that far
    passage: str = ""
    rank: int | None = None  # on the page; none where it is not shown


def explain(searcher: Searcher, question: Question, expected: str) -> Explanation:
    """Follow a document through the stages of a search until the one that lost it.

    For whoever runs the workspace: it reveals that a document exists. Pages for employees show only their own.
    """
    checked(question)
    question = replace(question, memory=True)
    try:
        document = searcher.library.document(expected)
    except HoneError:
        return _unknown(searcher, expected)
    if not question.asker.may_read(document.groups):
        readers, asker = ", ".join(sorted(document.groups)), ", ".join(sorted(question.asker.groups))
        return _lost(document, "not permitted", f"Only {readers} can read it; this person is in {asker}.")
    with searcher.live.current() as opened:
        return _follow(searcher, question, document, opened)


def _unknown(searcher: Searcher, expected: str) -> Explanation:
    for item in searcher.library.rejections():
        if expected in (item.path, f"{item.source}/{item.path}"):
            message = f"Its file couldn't be read: {item.reason}."
            return Explanation(document=expected, outcome="refused", message=message, channels={})
    message = "No document has this id or path. List them: hone documents list"
    return Explanation(document=expected, outcome="unknown", message=message, channels={})


def _follow(searcher: Searcher, question: Question, document: Document, opened: OpenIndex) -> Explanation:
    vector = opened.encoder.encode_queries([question.text])[0]
    own = frozenset(passage.id for passage in searcher.library.passages(document.id))

    def is_found(asked: Question) -> bool:
        dense = {DENSE.name: searcher.sources(opened)[DENSE.name]}
        return bool(score([query_of(asked, vector)], dense, [own])[0][DENSE.name])

    if not is_found(replace(question, filters=Filters())):
        generation = opened.generation.id
        return _lost(document, "not indexed", f"It isn't in the index ({generation}) yet. Run: hone documents sync")
    if not is_found(question):
        return _lost(document, "filtered", f"Your filters exclude it: {_exclusions(question.filters, document)}.")
    everything = max(1, opened.generation.passages)
    return _ranked(searcher, question, document, own, searcher.rank(question, vector, opened, everything))


def _ranked(
    searcher: Searcher, question: Question, document: Document, own: frozenset[str], ranked: Ranked
) -> Explanation:
    channels: dict[str, Channel] = {}
    for stage, hits in ranked.stages.items():
        for rank, hit in enumerate(hits, 1):
            if hit.id in own:
                channels[stage] = Channel(rank=rank, score=hit.score)
                break
    best = next((hit.id for hit in ranked.stages[FUSED] if hit.id in own), "")
    page = searcher.search_all([question])
    shown = next((hit.rank for result in page for hit in result.hits if hit.document == document.id), None)
    if shown is not None:
        message = f"It is on this page, at rank {shown}."
    else:
        labels = stage_labels()
        ranks = [f"{_ordinal(channel.rank)} {labels[stage].lower()}" for stage, channel in channels.items()]
        silent = "" if BM25.name in channels else " It contains none of the question's words."
        message = f"Its best passage ranked {', '.join(ranks)}, so it isn't on this page.{silent}"
    return Explanation(
        document=document.id, outcome="ranked", message=message, channels=channels, passage=best, rank=shown
    )


def _lost(document: Document, outcome: Outcome, message: str) -> Explanation:
    return Explanation(document=document.id, outcome=outcome, message=message, channels={})


def _exclusions(filters: Filters, document: Document) -> str:
    reasons: Sequence[tuple[bool, str]] = (
        (bool(filters.sources) and document.source not in filters.sources, f"its source is {document.source}"),
        (bool(filters.kinds) and document.kind not in filters.kinds, f"its kind is {document.kind}"),
        (bool(filters.path), f"its path is {document.path}"),
        (bool(filters.since or filters.until), f"it was modified on {document.modified:%Y-%m-%d}"),
    )
    return ", ".join(reason for applies, reason in reasons if applies)


def _ordinal(rank: int) -> str:
    ending = "th" if 10 <= rank % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank:,}{ending}"
