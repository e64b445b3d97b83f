"""What the log of a round is good for, beside what its people really wanted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.loop.known import Wanted
from hone.log.interactions import key_of
from hone.workspace import Workspace
from training.evidence.usable import find_usable
from training.records import Judgment


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How much evidence was left, and how much of it is right."""

    evidence: int  # before defences
    used: int
    judgments: int
    questions: int
    documents: int
    right: float  # share of the judgments that name a document which answers; near-duplicates of one count as wrong
    dropped: Mapping[str, int]  # by reason


def look(workspace: Workspace, asked: Sequence[Wanted]) -> Found:
    """Make judgments of a log, and hold them against what its people wanted."""
    usable = find_usable(workspace)
    good = [item for item in usable.judgments if item.grade > 0]
    is_right = _Meant(asked)
    dropped: dict[str, int] = {}
    for item in usable.dropped:
        dropped[item.reason] = dropped.get(item.reason, 0) + item.count
    return Found(
        evidence=len(usable.found),
        used=len(usable.evidence),
        judgments=len(good),
        questions=len({item.key for item in good}),
        documents=len({item.document for item in good}),
        right=sum(map(is_right, good)) / max(1, len(good)),
        dropped=dropped,
    )


class _Meant:
    """Knows what was meant: by a training question, or by what is left of one when words are dropped."""

    def __init__(self, asked: Sequence[Wanted]) -> None:
        self._gold: dict[str, set[str]] = defaultdict(set)
        self._words: dict[str, list[frozenset[str]]] = defaultdict(list)
        for wanted in asked:
            self._gold[key_of(wanted.text)] |= wanted.gold
            for name in wanted.gold:
                self._words[name].append(frozenset(key_of(wanted.text).split()))

    def __call__(self, judgment: Judgment) -> bool:
        if judgment.key in self._gold:
            return judgment.document in self._gold[judgment.key]
        left = set(judgment.key.split())
        return any(left <= words for words in self._words.get(judgment.document, ()))
