"""What the log of a round is good for, beside what its people really wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.loop.known import Wanted
from hone.workspace import Workspace
from training.questions import key_of
from training.usable import find_usable


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How much evidence was left, and how much of it is right."""

    evidence: int  # before defences
    used: int
    judgments: int
    questions: int
    documents: int
    right: float  # share of the judgments of known wordings that name a document which answers
    dropped: Mapping[str, int]  # by reason


def look(workspace: Workspace, asked: Sequence[Wanted]) -> Found:
    """Make judgments of a log, and hold them against what its people wanted."""
    usable = find_usable(workspace)
    gold: dict[str, frozenset[str]] = {}
    for wanted in asked:
        gold[key_of(wanted.text)] = gold.get(key_of(wanted.text), frozenset()) | wanted.gold
    good = [item for item in usable.judgments if item.grade > 0]
    known = [item for item in good if item.key in gold]
    dropped: dict[str, int] = {}
    for item in usable.dropped:
        dropped[item.reason] = dropped.get(item.reason, 0) + item.count
    return Found(
        evidence=len(usable.found),
        used=len(usable.evidence),
        judgments=len(good),
        questions=len({item.key for item in good}),
        documents=len({item.document for item in good}),
        right=sum(item.document in gold[item.key] for item in known) / max(1, len(known)),
        dropped=dropped,
    )
