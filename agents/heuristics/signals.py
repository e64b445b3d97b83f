"""What can be measured, without an LLM, of whether passages hold the answer to a question."""

from collections.abc import Mapping, Sequence

import numpy as np

from agents.heuristics.facts import names_of, numbers_of, rarity, terms_of
from agents.heuristics.scoring import Encode, score
from agents.records import Evidence, Plan, Retrieved, SubQuestion
from hone.records import Hit, SearchResult
from retriever.ranking.background import Background

NEAR = 10  # places from the top that are looked at

SIGNALS = (
    "dense",
    "dense_gap",
    "bm25",
    "bm25_mass",
    "bm25_gap",
    "fused",
    "fused_gap",
    "overlap",
    "agreement",
    "best_coverage",
    "union_coverage",
    "top_coverage",
    "named",
    "terms",
    "spread",
)  # fmt: skip - one list


def measure_signals(
    plan: Plan,
    retrieved: Sequence[Retrieved],
    evidence: Sequence[Evidence],
    background: Background,
    encode: Encode | None = None,
) -> Mapping[str, float]:
    """Measure the whole question, and each part of it behind its id and a dot (`q2.dense`) where it has parts.

    What was asked may have been searched for in two wordings; both count alike. Without an encoder the best sentence's
    cosine is left out, and a calibration takes it as it mostly is.
    """
    found = [
        (item.question, _measure(item.question, item.result, _found_by(item.question, evidence), background))
        for item in retrieved
        if item.result is not None and item.question in plan.questions
    ]
    asked = [values for question, values in found if question.reason == "asked"] or [values for _, values in found]
    if not asked:
        return {}
    whole = {name: float(np.mean([values[name] for values in asked])) for name in SIGNALS}
    parts = [(question.id, values) for question, values in found if question.reason == "part"]
    if encode is not None:
        texts = [item.question.text for item in retrieved if item.question.reason == "asked"] or [plan.standalone]
        whole["sentence"] = _best_sentence(list(dict.fromkeys(texts)), evidence, encode)
    return whole | {f"{part}.{name}": value for part, values in parts for name, value in values.items()}


def unmet_terms(question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return the names and numbers of a question that no passage has."""
    text = "\n".join(map(_read, (item.hit for item in evidence)))
    lowered = text.casefold()
    names = (name for name in sorted(names_of(question)) if name not in lowered)
    return (*names, *sorted(numbers_of(question) - numbers_of(text)))


def _best_sentence(questions: Sequence[str], evidence: Sequence[Evidence], encode: Encode) -> float:
    """Compute the cosine of a question with the sentence that is nearest to it, on average over its wordings."""
    scored = score(questions, evidence, encode)
    return float(np.mean([max((item.cosine for item in own), default=0.0) for own in scored]))


def _found_by(question: SubQuestion, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidence that a part found itself; the whole question has all of it."""
    own = [item for item in evidence if question.id in item.questions]
    return own if own and question.reason == "part" else list(evidence)


def _measure(
    question: SubQuestion, result: SearchResult, evidence: Sequence[Evidence], background: Background
) -> dict[str, float]:
    dense, bm25, fused = (_scores(result, stage) for stage in ("dense", "bm25", "fused"))
    wanted = terms_of(question.text)
    texts = [terms_of(_read(item.hit)) for item in evidence]
    rare = rarity(texts, wanted)
    mass = sum(rare.values()) or 1.0
    covered = [sum(rare[word] for word in wanted & text) / mass for text in texts]
    union = frozenset[str]().union(*texts)
    return {
        "dense": (dense[0] - background.mean) / background.deviation if dense else 0.0,
        "dense_gap": _gap(dense) / background.deviation,
        "bm25": bm25[0] if bm25 else 0.0,
        "bm25_mass": (bm25[0] if bm25 else 0.0) / max(len(wanted), 1),
        "bm25_gap": _gap(bm25) / bm25[0] if bm25 and bm25[0] > 0 else 0.0,
        "fused": float(np.log1p(max(fused[0], 0.0))) if fused else 0.0,
        "fused_gap": _gap(fused) / fused[0] if fused and fused[0] > 0 else 0.0,
        "overlap": _overlap(result),
        "agreement": _agreement(result),
        "best_coverage": max(covered, default=0.0),
        "union_coverage": sum(rare[word] for word in wanted & union) / mass,
        "top_coverage": covered[0] if covered else 0.0,
        "named": _named(question.text, evidence),
        "terms": float(np.log1p(len(wanted))),
        "spread": float(len({item.hit.document for item in evidence[:5]})),
    }


def _scores(result: SearchResult, stage: str) -> list[float]:
    return [score for _, score in result.stages.get(stage, ())[:NEAR]]


def _gap(scores: Sequence[float]) -> float:
    return scores[0] - scores[-1] if scores else 0.0


def _overlap(result: SearchResult) -> float:
    dense, bm25 = ({name for name, _ in result.stages.get(stage, ())[:NEAR]} for stage in ("dense", "bm25"))
    return len(dense & bm25) / NEAR


def _agreement(result: SearchResult) -> float:
    """Return the reciprocal rank of the dense leg's first result in the other leg."""
    dense, bm25 = result.stages.get("dense", ()), result.stages.get("bm25", ())
    places = {name: place for place, (name, _) in enumerate(bm25, 1)}
    return 1.0 / places[dense[0][0]] if dense and dense[0][0] in places else 0.0


def _named(question: str, evidence: Sequence[Evidence]) -> float:
    """Return the share of a question's names and numbers the evidence has."""
    names, numbers = names_of(question), numbers_of(question)
    if not names and not numbers:
        return 1.0
    text = "\n".join(map(_read, (item.hit for item in evidence)))
    lowered = text.casefold()
    found = sum(name in lowered for name in names) + len(numbers & numbers_of(text))
    return found / (len(names) + len(numbers))


def _read(hit: Hit) -> str:
    return "\n".join((hit.title, *hit.heading, hit.text))
