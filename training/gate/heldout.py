"""Held-out pairs as questions, asked of both models through the whole pipeline and scored at every stage."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from eval.measures import parse_measure, score_all
from eval.records import EvalQuestion, GoldFinder, KnownGold
from eval.retrieval import Owners, legs_of, ranked, stage_order
from eval.slices import slice_all
from hone.records import EVERYONE
from retriever.ranking.legs import BM25, FUSED, RERANKED
from retriever.searching.searcher import Question, Searcher
from training.gate.scored import ModelResult, QuestionResult
from training.pairs.clusters import UnionFind, cluster_questions
from training.records import Judgment, Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """One question, asked as anybody may ask it."""

    question: EvalQuestion
    known: KnownGold
    cluster: str
    slices: dict[str, str]


def held_out_questions(pairs: Sequence[Pair], judgments: Iterable[Judgment], finder: GoldFinder) -> tuple[HeldOut, ...]:
    """Make questions of held-out pairs; a question's gold is every document that a pair or judgment speaks for.

    Left out is what nothing answers any more that everybody may read.
    """
    texts: dict[str, str] = {}
    golds: dict[str, dict[str, float]] = defaultdict(dict)
    origins: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        key = pair.key
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
    return tuple(
        HeldOut(question=question, known=known, cluster=clusters[question.id], slices=slices)
        for (question, known), slices in zip(found, sliced, strict=True)
    )


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


AT_ONCE = 256  # questions encoded together
TOP = 10  # places that people look at
MEASURES = tuple(map(parse_measure, ("nDCG@10", "R@20", "RR@10", "Success@20")))
WORDS = "found by words"  # the slice of questions that BM25 alone answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Both models, each held open on its own index."""

    live: Searcher
    candidate: Searcher
    owners: Owners
    shown: int  # hits of a page


def ask_both(bench: Bench, questions: Sequence[HeldOut], advance: Callable[[int], None]) -> list[QuestionResult]:
    """Ask every question of both models."""
    lines: list[QuestionResult] = []
    for start in range(0, len(questions), AT_ONCE):
        part = questions[start : start + AT_ONCE]
        live, candidate = (_sides(bench, searcher, part) for searcher in (bench.live, bench.candidate))
        lines += [
            QuestionResult(
                id=item.question.id,
                text=item.question.text,
                cluster=item.cluster,
                live=before,
                candidate=after,
                slices={**item.slices, WORDS: "yes" if before.scores[f"{BM25.name} RR@10"] > 0 else "no"},
            )
            for item, before, after in zip(part, live, candidate, strict=True)
        ]
        advance(len(part))
    return lines


def tops_for(searcher: Searcher, owners: Owners, texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the documents of the first ten places for questions that nobody knows the answer of."""
    results = list(searcher.search_all([Question(text=text) for text in texts]))
    documents = owners.learn(results)
    return [_top(stage_order(result, _served(searcher)), documents) for result in results]


def _sides(bench: Bench, searcher: Searcher, items: Sequence[HeldOut]) -> list[ModelResult]:
    results = list(
        searcher.search_all([Question(text=item.question.text, asker=item.question.asker) for item in items])
    )
    documents = bench.owners.learn(results)
    rankings: dict[str, list[list[str]]] = {
        leg: [
            ranked(result, item.question, leg, documents, bench.shown)
            for result, item in zip(results, items, strict=True)
        ]
        for leg in legs_of(searcher.workspace)
    }
    golds = [item.known.grades for item in items]
    tables = {leg: score_all(MEASURES, found, golds).tolist() for leg, found in rankings.items()}
    served = rankings[_served(searcher)]
    return [_side(place, item, rankings, tables, served[place]) for place, item in enumerate(items)]


def _served(searcher: Searcher) -> str:
    """Name the stage whose order people are shown."""
    return RERANKED if searcher.reranking is not None else FUSED


def _side(
    place: int,
    item: HeldOut,
    rankings: Mapping[str, Sequence[Sequence[str]]],
    tables: Mapping[str, Sequence[Sequence[float]]],
    served: Sequence[str],
) -> ModelResult:
    good = {name for name, grade in item.known.grades.items() if grade > 0}
    page = rankings["page"][place]
    return ModelResult(
        scores={
            f"{leg} {measure}": score
            for leg, table in tables.items()
            for measure, score in zip(MEASURES, table[place], strict=True)
        },
        place=next((rank for rank, name in enumerate(page, 1) if name in good), None),
        top=tuple(served[:TOP]),
    )


def _top(passages: Sequence[str], documents: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(documents[name] for name in passages if name in documents))[:TOP]
