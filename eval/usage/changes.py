"""What changed behind the search while people used it: model, index, documents, LLM."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from hone.log.interactions import Interaction
from hone.registry import Move

What = Literal["model", "corpus", "index", "llm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change, and when it took effect."""

    at: datetime
    what: What
    told: str


def changes_of(moves: Sequence[Move], asked: Sequence[Interaction], since: datetime) -> list[Change]:
    """List what changed, oldest first: by the pointer's moves, and by the log where those are forgotten."""
    found = [*_moved(moves), *_seen(moves, asked), *_written(asked)]
    return sorted((item for item in found if item.at >= since), key=lambda item: item.at)


def _moved(moves: Sequence[Move]) -> list[Change]:
    found, before = list[Change](), None
    for move in moves:
        now, at = move.generation, datetime.fromtimestamp(move.at, UTC)
        if before is None:
            told, what = f"{now.id} with {now.model.id} ({move.why})", "index"
        elif before.model.id != now.model.id:
            told, what = f"{before.model.id} → {now.model.id} in {now.id} ({move.why})", "model"
        elif before.library_revision != now.library_revision:
            told, what = (
                f"library {before.library_revision} → {now.library_revision} in {now.id} ({move.why})",
                "corpus",
            )
        else:
            told, what = f"{before.id} → {now.id} ({move.why})", "index"
        found.append(Change(at=at, what=what, told=told))
        before = now
    return found


def _seen(moves: Sequence[Move], asked: Sequence[Interaction]) -> list[Change]:
    """List generations that were pruned since, by the first question that each of them answered."""
    known, found = {move.generation.id for move in moves}, list[Change]()
    met, before = {item.generation for item in asked[:1]}, ""  # the first was there before; when it came is not known
    for item in asked:
        if item.generation and item.generation not in met | known:
            changed = bool(before) and before != item.model
            told = f"{before} → {item.model} in {item.generation}" if changed else f"{item.generation} first answered"
            found.append(Change(at=item.at, what="model" if changed else "index", told=told))
        met.add(item.generation)
        before = item.model or before
    return found


def _written(asked: Sequence[Interaction]) -> list[Change]:
    """List when another LLM began to write."""
    found, before = list[Change](), None
    for item in asked:
        if item.llm and before is not None and item.llm != before:
            found.append(Change(at=item.at, what="llm", told=f"{before} → {item.llm}"))
        before = item.llm or before
    return found
