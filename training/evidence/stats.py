"""What a log is good for, in numbers, and what it still lacks before training on it makes sense."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.evidence.examination import ExaminationCurve
from training.evidence.usable import Usable
from training.records import STRENGTHS, Dropped, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that training takes, and how much of it there is."""

    what: str
    have: int
    need: int
    why: str

    @property
    def lacking(self) -> int:
        """How much more it takes."""
        return max(0, self.need - self.have)

    @property
    def says(self) -> str:
        """Say how far it has come, and why it matters."""
        return f"{self.have:,} of {self.need:,} {self.what} collected: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How much a log comes to."""

    judgments: int
    pairs: int  # judgments that speak for a passage
    questions: int
    clusters: int  # of questions that nearly say the same
    people: int
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Requirement:
    what: str
    of: Callable[[Amounts], int]
    need: int
    why: str


# No published figure says where training begins to pay; these are between what small adapters were reported to need
# (1,500 pairs, one study) and what a paired test needs (70 held-out questions for 5 points, a fifth being held out).
REQUIREMENTS: tuple[_Requirement, ...] = (
    _Requirement(
        what="question–passage pairs",
        of=lambda amounts: amounts.pairs,
        need=300,
        why="with fewer, a model learns noise",
    ),
    _Requirement(
        what="different questions",
        of=lambda amounts: amounts.clusters,
        need=350,
        why="a fifth is held out, and it takes 70 to see a gain of 5 points",
    ),
    _Requirement(
        what="people",
        of=lambda amounts: amounts.people,
        need=3,
        why="a shared model shouldn't follow one or two people",
    ),
    _Requirement(
        what="different documents",
        of=lambda amounts: amounts.documents,
        need=30,
        why="a document is either learned from or tested on",
    ),
)


def amounts_of(usable: Usable) -> Amounts:
    """Count what came of a log."""
    good = [item for item in usable.judgments if item.grade > 0]
    return Amounts(
        judgments=len(usable.judgments),
        pairs=len(good),
        questions=len({item.key for item in good}),
        clusters=len({item.cluster for item in good}),
        people=len({item.person for item in usable.evidence} - {""}),
        documents=len({item.document for item in good}),
    )


def needs(amounts: Amounts) -> Sequence[Need]:
    """Say what training takes and how much of it is there."""
    return [Need(what=one.what, have=one.of(amounts), need=one.need, why=one.why) for one in REQUIREMENTS]


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
        """Check whether training makes sense."""
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
