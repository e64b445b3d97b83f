"""What training speaks of: evidence from use, judgments made of it, and pairs to learn from."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hone.log.interactions import key_of
from hone.log.rows import GRADES

Kind = Literal["label", "relevant", "thumb_up", "accepted", "taken", "cited", "click", "reworded", "thumb_down"]
Source = Literal["log", "file", "headings"]
Split = Literal["train", "dev", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """What a kind of evidence is worth before anything is known of who gave it, and how often."""

    grade: int  # 0 to 3, as `eval.rating.judge` means them; a label brings its own
    weight: float  # 0 to 1: how far it is to be believed
    implicit: bool  # nobody said it; it takes two people, or something else that agrees
    says: str  # for people


# Strongest first. The order is the published one (explicit before implicit, answers before clicks); the numbers are a
# design, not a measurement: what they are worth shows in the ablations of docs/experiments/2026-11-27-ablations.md.
STRENGTHS: Mapping[Kind, Strength] = {
    "label": Strength(grade=3, weight=1.0, implicit=False, says="admin labels"),
    "relevant": Strength(grade=GRADES["relevant"], weight=0.9, implicit=False, says="“this is the right document”"),
    "thumb_up": Strength(
        grade=GRADES["thumb_up"], weight=0.7, implicit=False, says="thumbs up (for what the answer cited)"
    ),
    "accepted": Strength(grade=2, weight=0.5, implicit=True, says="accepted answers"),
    "taken": Strength(grade=GRADES["open"], weight=0.4, implicit=True, says="opened or copied"),
    "cited": Strength(grade=1, weight=0.25, implicit=True, says="cited in a checked answer"),
    "click": Strength(grade=GRADES["click"], weight=0.2, implicit=True, says="clicks"),
    "reworded": Strength(grade=1, weight=0.2, implicit=True, says="success after rephrasing"),
    # Most often the answer was bad, and not the passages it stood on: it can weaken a judgment, and hardly make one.
    "thumb_down": Strength(
        grade=GRADES["thumb_down"], weight=0.1, implicit=False, says="thumbs down (for what the answer cited)"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelevanceEvidence:
    """One thing that speaks for or against a passage as an answer to a question."""

    query: str
    passage: str  # empty: the document as a whole, where the log knows no more
    document: str = ""  # empty until it is looked up in the library
    kind: Kind
    grade: int
    weight: float
    person: str  # the log's name for them; it leaves this process in no form
    asked: datetime  # when the question was asked
    when: datetime  # when this was said or done
    grounds: tuple[str, ...]  # ids it rests on: an event's as it is, `ask:…` and `label:…`
    search: str = ""
    ask: str = ""
    rank: int | None = None  # the place it was shown at

    @property
    def key(self) -> str:
        """Return the question, normalised."""
        return key_of(self.query)

    @property
    def target(self) -> str:
        """What it speaks of: a passage, or a whole document."""
        return self.passage or self.document


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """How much was not used, and why."""

    reason: str
    kind: str  # of evidence; the event's action where it became none
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One thing that a judgment rests on."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """How well a passage answers a question, and how far that is to be believed."""

    query: str  # as it was put first
    key: str  # the same, normalised
    cluster: str  # the key that stands for all questions that nearly say the same
    passage: str  # empty: the document as a whole
    document: str
    grade: int
    weight: float
    people: int  # whose evidence it is
    grounds: tuple[Ground, ...]

    @property
    def target(self) -> str:
        """What is judged: a passage, or a whole document."""
        return self.passage or self.document


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A question and a text that answers it, to learn from or to be measured on."""

    query: str
    passage: str  # the library's id; `text:…` where the text came from a file
    document: str  # what it must not be split from; of a text from a file, the passage's own id
    text: str  # exactly what the encoder reads of it
    grade: int
    weight: float
    source: Source
    grounds: tuple[Ground, ...]
    restricted: bool = False  # not everybody may read it: the manifest has to say so

    @property
    def key(self) -> str:
        """Return the question, normalised."""
        return key_of(self.query)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredEvidence:
    """What is left of evidence."""

    evidence: tuple[RelevanceEvidence, ...]
    dropped: tuple[Dropped, ...] = ()


def sieve(
    evidence: Iterable[RelevanceEvidence], judge: Callable[[RelevanceEvidence], RelevanceEvidence | str]
) -> FilteredEvidence:
    """Put each piece to a judge, who gives it back, changed or not, or says why it is dropped."""
    kept: list[RelevanceEvidence] = []
    dropped: Counter[tuple[str, str]] = Counter()
    for item in evidence:
        verdict = judge(item)
        if isinstance(verdict, str):
            dropped[verdict, item.kind] += 1
        else:
            kept.append(verdict)
    return FilteredEvidence(evidence=tuple(kept), dropped=counted(dropped))


def counted(dropped: Counter[tuple[str, str]]) -> tuple[Dropped, ...]:
    """Return counts as records, in one order."""
    return tuple(Dropped(reason=reason, kind=kind, count=count) for (reason, kind), count in sorted(dropped.items()))


def summed(parts: Sequence[Dropped]) -> tuple[Dropped, ...]:
    """Add up what several steps dropped."""
    total: Counter[tuple[str, str]] = Counter()
    for item in parts:
        total[item.reason, item.kind] += item.count
    return counted(total)
