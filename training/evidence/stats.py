"""What a log is good for, in numbers: for people who wonder whether to train yet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from training.evidence.examination import ExaminationCurve
from training.evidence.readiness import Amounts, Need, amounts_of, needs
from training.evidence.usable import Usable
from training.records import STRENGTHS, Dropped, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OfKind:
    """How much evidence of one kind there is."""

    kind: Kind
    says: str
    found: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """How much of a log can be learned from; nobody is named in it."""

    searches: int  # that people typed, and no ask made
    assistant: int  # searches that the assistant made for asks
    asks: int
    unread: int  # searches and asks of people who opted out
    evidence: tuple[OfKind, ...]  # strongest first
    dropped: tuple[Dropped, ...]  # most first
    amounts: Amounts
    restricted: int  # of its documents not everybody may read; the settings allow that
    needs: Sequence[Need]
    examination: ExaminationCurve
    fingerprint: str

    @property
    def ready(self) -> bool:
        """Tell whether training makes sense."""
        return not any(need.lacking for need in self.needs)


def stats_of(usable: Usable) -> Stats:
    """Count."""
    found, used = (Counter(item.kind for item in items) for items in (usable.found, usable.evidence))
    amounts = amounts_of(usable)
    return Stats(
        searches=usable.searches,
        assistant=usable.assistant,
        asks=usable.asks,
        unread=usable.unread,
        evidence=tuple(
            OfKind(kind=kind, says=strength.says, found=found[kind], used=used[kind])
            for kind, strength in STRENGTHS.items()
        ),
        dropped=tuple(sorted(usable.dropped, key=lambda item: (-item.count, item.reason, item.kind))),
        amounts=amounts,
        restricted=len(usable.restricted),
        needs=needs(amounts),
        examination=usable.examination,
        fingerprint=usable.fingerprint,
    )
