"""The plain data that an answer is drawn from: a pure function of a turn and of what may be shown of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from agents.compose import body_of, in_lines, with_marks
from agents.heuristics.reading import beginning
from agents.records import Citation, Claim
from agents.sanitise import strip_invisible, strip_markup
from hone.records import Document
from retriever.library.rows import Placed
from ui.answer.blocks import Block, Cite, blocks_of
from ui.answer.steps import lost_line
from ui.answer.turn import STOPPED, AnswerTurn, VisibleReferences, closest, references
from ui.safe import short

SNIPPET = 160  # characters shown of a document that is only close
QUOTE = 220  # characters of a quote shown beside its source
HIDDEN = "Part of this answer came from documents you no longer have access to, so it is hidden."
TITLES: Mapping[str, str] = {
    "best_match": "This looks closest",
    "partial": "Partial answer",
    "conflicting": "Sources disagree",
    "stopped": "You stopped this answer",
}
NEXT: Mapping[str, str] = {
    "best_match": "It may not be what you asked for.",
    "insufficient": "Try rephrasing, or check the closest documents.",
    "stopped": "Choose Retry to ask again.",
}
NEWER = "Newer"
CARDS = frozenset({"insufficient", "out_of_scope", STOPPED})  # said in a quiet card, since they are no answers


def answer_data(turn: AnswerTurn, known: VisibleReferences) -> dict[str, Any]:
    """Make the plain data that an answer is drawn from."""
    cited, shown = references(turn, known), _visible(turn, known)
    sides = _sides(shown, known, cited)
    return {
        "verdict": turn.verdict,
        "note": _note(shown, sides),
        "sides": sides,
        "blocks": [] if turn.verdict in CARDS else _blocks(shown, cited, sides),
        "beside": [] if turn.verdict in CARDS else _beside(shown, known, cited),
        "refs": [_reference(citation, known.documents[citation.document]) for citation in cited],
        "sources": _sources(cited, known),
        "closest": [_close(placed, known) for placed in closest(turn, known)],
        "hidden": "" if shown is turn else HIDDEN,
        "degraded": [lost_line(item.stage, item.what, item.instead) for item in turn.degraded],
    }


def copied(turn: AnswerTurn, known: VisibleReferences) -> str:
    """Write an answer as text to be pasted, with its sources."""
    listed = _sources(references(turn, known), known)
    sources = [f"[{source['number']}] {source['title']} · {source['where']}" for source in listed]
    return "\n".join([strip_invisible(_visible(turn, known).text), *([""] if sources else []), *sources])


def where(document: Document) -> str:
    """Say where a document is."""
    return f"{document.source}/{document.path}"


def day(moment: Any) -> str:
    """Write a date as people do."""
    return f"{moment:%d %b %Y}".lstrip("0")


def _visible(turn: AnswerTurn, known: VisibleReferences) -> AnswerTurn:
    """Leave out what may no longer be shown; the same turn where nothing is."""
    claims = tuple(claim for claim in turn.held if known.holds(claim))
    numbers = [number for conflict in turn.conflicts for number in (conflict.newer, conflict.older)]
    if claims == turn.held and all(_numbered(turn, known, number) for number in numbers):
        return turn
    rest = in_lines(claims)
    return replace(turn, text=rest, body=rest, claims=claims, conflicts=(), missing=(), may_mean=())


def _note(turn: AnswerTurn, sides: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    if turn.verdict in CARDS:
        title = TITLES.get(turn.verdict, "") or strip_invisible(turn.text)
        return {"tone": "grey", "title": title, "text": NEXT.get(turn.verdict, "")}
    missing = "; ".join(turn.missing)
    if turn.verdict == "best_match":
        text = f"I found nothing about: {missing}." if missing else NEXT["best_match"]
        return {"tone": "grey", "title": TITLES["best_match"], "text": text}
    if turn.verdict == "partial":
        text = f"I found nothing about: {missing or 'the rest of your question'}."
        return {"tone": "amber", "title": TITLES["partial"], "text": text}
    if turn.verdict == "conflicting":
        about = turn.conflicts[0].about if turn.conflicts else ""
        title = f"{TITLES['conflicting']} about “{about}”" if about else TITLES["conflicting"]
        advice = "The newer one is probably right." if any(side["label"] == NEWER for side in sides) else ""
        return {"tone": "amber", "title": strip_invisible(title), "text": advice}
    return None


def _sides(turn: AnswerTurn, known: VisibleReferences, cited: Sequence[Citation]) -> list[dict[str, Any]]:
    """Put the newer and the older side of a disagreement next to each other; of one day neither is newer."""
    for conflict in turn.conflicts:
        numbers = (conflict.newer, conflict.older)
        days = {found.modified.date() for number in numbers if (found := _numbered(turn, known, number))}
        labels = (NEWER, "Older") if len(days) > 1 else ("One says", "Another says")
        sides = [_side(turn, known, number, label, cited) for label, number in zip(labels, numbers, strict=True)]
        if all(sides):
            return [side for side in sides if side]
    return []


def _beside(turn: AnswerTurn, known: VisibleReferences, cited: Sequence[Citation]) -> list[dict[str, Any]]:
    """List what may be meant as well, each under its document's title."""
    return [
        {
            "title": strip_invisible(known.documents[claim.citations[0].document].title),
            "blocks": _paragraph([claim], cited),
        }
        for claim in turn.held
        if claim.beside and claim.citations
    ]


def _side(
    turn: AnswerTurn, known: VisibleReferences, number: int, label: str, cited: Sequence[Citation]
) -> dict[str, Any] | None:
    document = _numbered(turn, known, number)
    if document is None:
        return None
    claims = [claim for claim in turn.held if claim.citations and claim.citations[0].document == document.id]
    return {
        "label": label,
        "date": day(document.modified),
        "title": strip_invisible(document.title),
        "document": document.id,
        "blocks": [block for claim in claims for block in blocks_of(with_marks(claim), _cite([claim], cited))],
    }


def _numbered(turn: AnswerTurn, known: VisibleReferences, number: int) -> Document | None:
    """Find the document of a numbered passage, if it may be shown."""
    for claim in turn.held:
        for citation in claim.citations:
            if citation.number == number:
                return known.documents.get(citation.document)
    passage = turn.evidence[number - 1] if 0 < number <= len(turn.evidence) else ""
    placed = known.passages.get(passage)
    return placed.document if placed else None


def _blocks(turn: AnswerTurn, cited: Sequence[Citation], sides: Sequence[Mapping[str, Any]]) -> list[Block]:
    claims = [claim for claim in turn.held if not claim.beside]
    body = turn.body if len(claims) == len(turn.held) else strip_markup(body_of(claims))
    if not _quoted(claims, body):
        return blocks_of(body, _cite(claims, cited, body))
    shown = {side["document"] for side in sides}  # a side holds what its document says
    rest = [claim for claim in claims if claim.citations[0].document not in shown]
    paragraphs = [list(group) for _, group in groupby(rest, key=lambda claim: claim.citations[0].document)]
    return [block for paragraph in paragraphs for block in _paragraph(paragraph, cited)]


def _quoted(claims: Sequence[Claim], body: str) -> bool:
    """Check whether an answer is nothing but quotes, which are shown source by source."""
    return (
        bool(claims)
        and all(claim.support == "quoted" and claim.citations for claim in claims)
        and body.split() == " ".join(with_marks(claim) for claim in claims).split()
    )


def _paragraph(claims: Sequence[Claim], cited: Sequence[Citation]) -> list[Block]:
    if any(claim.code for claim in claims):
        return [
            block for claim in claims for block in (_code(claim, cited) if claim.code else _paragraph([claim], cited))
        ]
    apart = len({claim.line for claim in claims}) > 1 or any("\n" in claim.text for claim in claims)
    drawn = [_emphasised(claim) for claim in claims]
    text = ("\n\n" if apart else " ").join(map(with_marks, drawn))
    return blocks_of(text, _cite(drawn, cited, text))


def _code(claim: Claim, cited: Sequence[Citation]) -> list[Block]:
    places = (_index(item, cited) for item in claim.citations)
    return [{"kind": "code", "text": claim.text, "cites": [place for place in places if place is not None]}]


def _emphasised(claim: Claim) -> Claim:
    """Put the sentence that answers in bold letters, where nothing in it is set apart already."""
    if not claim.marked or any(mark in claim.marked for mark in "*`["):
        return claim
    return replace(claim, text=claim.text.replace(claim.marked, f"**{claim.marked}**", 1))


def _cite(claims: Sequence[Claim], cited: Sequence[Citation], text: str = "") -> Cite:
    """Find a mark's reference: a passage may be cited for several quotes, and a mark means that of its sentence."""
    begins: list[tuple[int, Claim]] = []
    place = 0
    for claim in claims:
        found = text.find(claim.text, place)
        if found >= 0:
            begins.append((found, claim))
            place = found + len(claim.text)

    def cite(number: int, at: int) -> int | None:
        around = [claim for begin, claim in begins if begin <= at]
        own = around[-1:] or list(claims[:1])
        for citation in (*(item for claim in own for item in claim.citations), *cited):
            if citation.number == number:
                return _index(citation, cited)
        return None

    return cite


def _index(citation: Citation, cited: Sequence[Citation]) -> int | None:
    same = (citation.number, citation.document, citation.start, citation.end)
    return next(
        (place for place, item in enumerate(cited) if (item.number, item.document, item.start, item.end) == same), None
    )


def _reference(citation: Citation, document: Document) -> dict[str, Any]:
    return {
        "number": citation.number,
        "title": strip_invisible(document.title) or document.id,
        "date": day(document.modified),
        "quote": short(citation.quote, QUOTE),
    }


def _sources(cited: Sequence[Citation], known: VisibleReferences) -> list[dict[str, Any]]:
    """List the sources by number; each opens where it is cited first."""
    first: dict[int, tuple[int, Citation]] = {}
    for index, citation in enumerate(cited):
        first.setdefault(citation.number, (index, citation))
    return [
        {
            "number": number,
            "cite": index,
            "relevant": citation.passage in known.relevant,
            "page": citation.page,
            **_document(known.documents[citation.document]),
        }
        for number, (index, citation) in sorted(first.items())
    ]


def _close(placed: Placed, known: VisibleReferences) -> dict[str, Any]:
    relevant = placed.passage.id in known.relevant
    snippet = strip_invisible(beginning(placed.passage.text, SNIPPET))
    return {"relevant": relevant, "page": placed.passage.page, "snippet": snippet, **_document(placed.document)}


def _document(document: Document) -> dict[str, Any]:
    return {
        "title": strip_invisible(document.title) or document.id,
        "where": strip_invisible(where(document)),
        "date": day(document.modified),
    }
