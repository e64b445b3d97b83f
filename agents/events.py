"""What an ask tells while it runs: one stream of typed events, the same for every door."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, Literal

from agents.records import Answer, Citation, Claim, Degradation, Plan, Sufficiency

Kind = Literal["planned", "searching", "found", "judged", "quoted", "token", "claim_checked", "degraded", "answered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    plan: Plan
    kind: Kind = "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    question: str  # a sub-question's id
    text: str
    reason: str
    kind: Kind = "searching"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagesFound:
    question: str
    search_id: str
    documents: tuple[str, ...]  # titles, best first
    kind: Kind = "found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    sufficiency: Sufficiency
    round: int
    kind: Kind = "judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedFirst:
    """What the documents say, quoted, while an LLM writes; what it writes takes its place once it has been checked."""

    text: str
    kind: Kind = "quoted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerToken:
    """A sentence that was written and has been checked; none is taken back."""

    text: str
    kind: Kind = "token"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimChecked:
    claim: Claim
    kind: Kind = "claim_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Degraded:
    degradation: Degradation
    kind: Kind = "degraded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The last event of every ask."""

    answer: Answer
    kind: Kind = "answered"


Event = Planned | Searching | PassagesFound | Judged | QuotedFirst | AnswerToken | ClaimChecked | Degraded | Answered


def as_json(event: Event) -> dict[str, Any]:
    """Convert an event to plain data; an answer's fields are at the top."""
    body = _plain(event.answer) if isinstance(event, Answered) else _plain(event)
    body.pop("kind", None)
    return {"event": event.kind, **body}


def _plain(value: Any) -> Any:
    if isinstance(value, Citation):
        plain = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return plain | {"offsets": [plain.pop("start"), plain.pop("end")]}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # any mapping
    if isinstance(value, list | tuple | set | frozenset):
        items = [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]  # any collection
        return sorted(items) if isinstance(value, set | frozenset) else items
    return value.isoformat() if isinstance(value, datetime) else value
