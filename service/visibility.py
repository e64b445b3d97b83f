"""What may still be shown of an earlier answer: nothing that rests on a document closed to its asker since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from agents.compose import in_lines
from agents.events import Answered, ClaimChecked, PassagesFound
from agents.records import Citation, Claim
from hone.errors import HoneError, MissingError
from hone.log.asks import LoggedAsk
from hone.records import Asker
from retriever.library.library import Library
from service.documents import documents_of, passages_of
from service.runs import Run
from service.service import Service

HELD = ("quoted", "supported")  # claims that were said


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An answer as its asker may read it now."""

    text: str
    body: str  # without its sentences on conflicts and on what is missing
    claims: tuple[Mapping[str, Any], ...]  # as the log keeps them
    hidden: bool  # whether something was left out
    conflicts: tuple[Mapping[str, Any], ...] = ()
    missing: tuple[str, ...] = ()
    may_mean: tuple[str, ...] = ()


def claims_of(ask: LoggedAsk) -> tuple[Claim, ...]:
    """Read an answer's claims from the log; fields that an older or newer log has besides are left out."""
    return tuple(_claim(stored) for stored in ask.claims)


def shown_of(ask: LoggedAsk, library: Library, asker: Asker) -> Shown:
    """Leave out of an answer what rests on documents that the asker can no longer access."""
    claims = claims_of(ask)
    readable = documents_of(library, {item.document for claim in claims for item in claim.citations}, asker)
    kept = [all(item.document in readable for item in claim.citations) for claim in claims]
    stored = tuple(stored for stored, stays in zip(ask.claims, kept, strict=True) if stays)
    if all(kept) and _may_read_conflicts(ask, claims, library, asker):
        return Shown(
            text=ask.text,
            body=ask.body or ask.text,
            claims=stored,
            hidden=False,
            conflicts=ask.conflicts,
            missing=ask.missing,
            may_mean=ask.may_mean,
        )
    rest = in_lines([claim for claim, stays in zip(claims, kept, strict=True) if stays and claim.support in HELD])
    return Shown(text=rest, body=rest, claims=stored, hidden=True)


def _may_read_conflicts(ask: LoggedAsk, claims: Sequence[Claim], library: Library, asker: Asker) -> bool:
    """Check whether the asker may read what an answer names as disagreeing without citing it in a claim."""
    cited = {item.number for claim in claims for item in claim.citations}
    numbers: set[int] = {number for told in ask.conflicts for number in (told["newer"], told["older"])} - cited
    passages = {ask.evidence[number - 1] for number in numbers}
    return passages_of(library, passages, asker).keys() == passages


def require_open(service: Service, run: Run, asker: Asker) -> None:
    """Refuse to replay a run that found something which its asker can no longer access."""
    claims = [claim for event in list(run.events) for claim in _claims_in(event)]
    documents = {item.document for claim in claims for item in claim.citations}
    passages = {
        name for event in list(run.events) if isinstance(event, PassagesFound) for name in _found(service, event)
    }
    lost = documents - documents_of(service.library, documents, asker).keys()
    if lost or passages - passages_of(service.library, passages, asker).keys():
        raise MissingError(f"There is no answer {run.id!r} in progress.", hint="Ask again.")


def _claims_in(event: object) -> tuple[Claim, ...]:
    if isinstance(event, Answered):
        return event.answer.claims
    return (event.claim,) if isinstance(event, ClaimChecked) else ()


def _found(service: Service, event: PassagesFound) -> tuple[str, ...]:
    try:
        return tuple(service.workspace.log.search(event.search_id).search.shown)
    except HoneError:  # not logged: then only what was cited can be looked up
        return ()


def _claim(stored: Mapping[str, Any]) -> Claim:
    return Claim(
        text=str(stored["text"]),
        citations=tuple(_citation(citation) for citation in stored.get("citations", ())),
        support=stored["support"],
        why=str(stored.get("why", "")),
        line=int(stored.get("line", 0)),
        lead=str(stored.get("lead", "")),
        marked=str(stored.get("marked", "")),
        part=str(stored.get("part", "")),
        beside=bool(stored.get("beside", False)),
        code=bool(stored.get("code", False)),
    )


def _citation(stored: Mapping[str, Any]) -> Citation:
    known: dict[str, Any] = {field.name: stored[field.name] for field in fields(Citation)}
    if isinstance(known["modified"], str):
        known["modified"] = datetime.fromisoformat(known["modified"])
    return Citation(**known)
