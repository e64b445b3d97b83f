"""Evidence put together: how well each passage answers each question, and how far that is to be believed."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import floor

from training.records import STRENGTHS, Ground, Judgment, RelevanceEvidence

DIGITS = 6  # of a weight; more would be noise
ANSWER = "\0"  # who says what an answer cited: no person


def combine(evidence: Iterable[RelevanceEvidence], clusters: Mapping[str, str]) -> tuple[Judgment, ...]:
    """Make one judgment of each question and passage, in order of both."""
    groups: dict[tuple[str, str], list[RelevanceEvidence]] = defaultdict(list)
    for item in evidence:
        groups[item.key, item.target].append(item)
    return tuple(_judgment(key, groups[key, target], clusters) for key, target in sorted(groups))


def fingerprint(evidence: Iterable[RelevanceEvidence]) -> str:
    """Hash all that judgments are made of, whatever order it comes in; who said it is not in it."""
    lines = sorted(
        json.dumps([item.key, item.target, item.kind, item.grade, round(item.weight, DIGITS), item.grounds])
        for item in evidence
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _judgment(key: str, items: Sequence[RelevanceEvidence], clusters: Mapping[str, str]) -> Judgment:
    items = sorted(items, key=lambda item: (item.asked, item.when, item.grounds, item.kind, item.query))
    labels = [item for item in items if item.kind == "label"]
    grade, weight = _of_labels(labels) if labels else _of_use(items)
    return Judgment(
        query=" ".join(items[0].query.split()),
        key=key,
        cluster=clusters.get(key, key),
        passage=items[0].passage,
        document=items[0].document,
        grade=grade,
        weight=round(weight, DIGITS),
        people=len({item.person for item in items if item.kind != "cited"}),
        grounds=tuple(
            Ground(kind=kind, id=name) for kind, name in sorted({(i.kind, name) for i in items for name in i.grounds})
        ),
    )


def _of_labels(labels: Sequence[RelevanceEvidence]) -> tuple[int, float]:
    """Let admins decide, whatever use says: the mean of what each said last."""
    last: dict[str, tuple[datetime, int]] = {item.person: (item.when, item.grade) for item in labels}
    grades = [grade for _, grade in last.values()]
    return floor(sum(grades) / len(grades) + 0.5), STRENGTHS["label"].weight


def _of_use(items: Sequence[RelevanceEvidence]) -> tuple[int, float]:
    """Believe it the more, the more people agree; thumbs down take some of that away."""
    good = [item for item in items if item.grade > 0]
    against = _believed([item for item in items if item.grade == 0])
    if not good:
        return 0, against
    return max(item.grade for item in good), _believed(good) * (1 - against)


def _believed(items: Sequence[RelevanceEvidence]) -> float:
    """Return the chance that one of several independent people is right; each counts once, by their strongest word."""
    strongest: dict[str, float] = {}
    for item in items:
        speaker = ANSWER if item.kind == "cited" else item.person
        strongest[speaker] = max(strongest.get(speaker, 0.0), item.weight)
    doubt = 1.0
    for speaker in sorted(strongest):
        doubt *= 1 - min(1.0, strongest[speaker])
    return 1 - doubt
