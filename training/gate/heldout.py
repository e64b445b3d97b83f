"""Held-out pairs as questions with everything that is known to answer them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.records import EvalQuestion, GoldFinder, KnownGold
from eval.slices import slice_all
from hone.records import EVERYONE
from training.pairs.clusters import cluster_questions
from training.pairs.questions import key_of
from training.pairs.union_find import UnionFind
from training.records import Judgment, Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """One question, asked as anybody may ask it."""

    question: EvalQuestion
    known: KnownGold
    cluster: str
    slices: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutSet:
    """All held-out questions, and those that can't be asked."""

    questions: tuple[HeldOut, ...]
    left_out: int  # what answers them is not in the library any more, or not for everybody


def held_out_set(pairs: Sequence[Pair], judgments: Iterable[Judgment], finder: GoldFinder) -> HeldOutSet:
    """Make questions of held-out pairs; a question's gold is every document that a pair or judgment speaks for."""
    texts: dict[str, str] = {}
    golds: dict[str, dict[str, float]] = defaultdict(dict)
    origins: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        key = key_of(pair.query)
        texts.setdefault(key, pair.query)
        golds[key][pair.document] = max(golds[key].get(pair.document, 0.0), float(pair.grade))
        origins[key].add(pair.source)
    for item in judgments:
        if item.key in golds and item.grade > 0:
            golds[item.key][item.document] = max(golds[item.key].get(item.document, 0.0), float(item.grade))
    asked = [
        EvalQuestion(id=key, text=texts[key], gold=golds[key], tags={"evidence": " + ".join(sorted(origins[key]))})
        for key in sorted(golds)
    ]
    found = [(question, known) for question in asked if _answerable(known := finder.find(question))]
    clusters = _clusters(found)
    sliced = slice_all([question for question, _ in found], [known for _, known in found])
    questions = tuple(
        HeldOut(question=question, known=known, cluster=clusters[question.id], slices=slices)
        for (question, known), slices in zip(found, sliced, strict=True)
    )
    return HeldOutSet(questions=questions, left_out=len(asked) - len(questions))


def _answerable(known: KnownGold) -> bool:
    return any(EVERYONE in document.groups for document in known.documents)


def _clusters(found: Sequence[tuple[EvalQuestion, KnownGold]]) -> dict[str, str]:
    """Join questions that nearly say the same or want the same document: their scores move together."""
    near, joined = cluster_questions(question.text for question, _ in found), UnionFind[str]()
    for question, known in found:
        joined.union(f"question {question.id}", f"cluster {near[question.id]}")
        for document in known.documents:
            joined.union(f"question {question.id}", f"document {document.id}")
    return {question.id: joined.find(f"question {question.id}") for question, _ in found}
