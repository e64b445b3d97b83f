"""What tells, without an LLM, whether the best block answers a question; nothing that grows with its length."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agents.heuristics.choosing import ReadTokens, ScoredBlock, score_blocks
from agents.heuristics.facts import names_of, numbers_of, share, terms_of
from agents.heuristics.parts import parts_of
from agents.heuristics.selecting import choices_of, select
from agents.records import Evidence, Plan
from hone.records import Hit

UNMET = 0.45  # a word of the question whose nearest token is no nearer than this stands nowhere in the block
ALONE = 2.0  # log odds of the best block over the next document's, where there is no other document

SIGNALS = ("matched", "within", "cosine", "weakest", "unmet", "margin", "gap", "focus", "named")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The signals of a question, and in which order an answer would cite the passages."""

    signals: Mapping[str, float]
    may_mean: tuple[str, ...] = ()  # documents that the question may mean
    cited: tuple[int, ...] = ()  # numbers of the passages whose blocks an answer would show, in its order


def measure_signals(plan: Plan, evidence: Sequence[Evidence], read: ReadTokens) -> Measured:
    """Measure the whole question, and each part of it behind its id and a dot (`q2.cosine`) where it has parts."""
    parts = parts_of(plan)
    scored = score_blocks([plan.standalone, *(item.text for item in parts)], evidence, read)
    whole, own = scored[0], scored[1:]
    if not whole:
        return Measured(signals={})
    signals = dict(signals_of(plan.standalone, whole))
    for part, blocks in zip(parts, own, strict=True):
        signals |= {f"{part.id}.{name}": value for name, value in signals_of(part.text, blocks).items()}
    chosen = select(whole, {part.text: blocks for part, blocks in zip(parts, own, strict=True)})
    return Measured(
        signals=signals,
        may_mean=() if parts else choices_of(plan.standalone, chosen),
        cited=tuple(dict.fromkeys(item.place[0] for item in chosen)),
    )


def signals_of(question: str, scored: Sequence[ScoredBlock]) -> Mapping[str, float]:
    """Measure how well the best of some blocks answers, and how far it stands out among them."""
    best = scored[0]
    others = [item.score for item in scored if _document(item) != _document(best)]
    matched = [item.features["matched"] for item in scored]
    met = np.sort(best.met)
    return {
        **{name: best.features[name] for name in ("matched", "within", "cosine")},
        "weakest": float(met[: max(len(met) // 3, 1)].mean()),
        "unmet": float((met < UNMET).mean()),
        "margin": best.features["matched"] - float(np.median(matched)),
        "gap": best.score - max(others) if others else ALONE,
        "focus": share(terms_of(best.candidate.block.text), terms_of(question)),
        "named": _named(question, f"{best.candidate.under} {best.candidate.block.text}"),
    }


def unmet_terms(question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return the names and numbers of a question that no passage has, as they were written; a month is neither."""
    text = "\n".join(map(_read, (item.hit for item in evidence)))
    lowered = text.casefold()
    names = (name for name in sorted(names_of(question)) if name not in lowered)
    written = (re.search(re.escape(name), question, re.IGNORECASE) for name in names)
    numbers = sorted(number for number in numbers_of(question) - numbers_of(text) if number.isdecimal())
    return (*(match.group() for match in written if match), *numbers)


def _document(item: ScoredBlock) -> str:
    return item.candidate.evidence.hit.document


def _named(question: str, text: str) -> float:
    """Return the share of a question's names and numbers that a text has; one where there are none."""
    names, numbers = names_of(question), numbers_of(question)
    if not names and not numbers:
        return 1.0
    lowered = text.casefold()
    found = sum(name in lowered for name in names) + len(numbers & numbers_of(text))
    return found / (len(names) + len(numbers))


def _read(hit: Hit) -> str:
    return "\n".join((hit.title, *hit.heading, hit.text))
