"""The measures of an answer that need no LLM: what each needs, how it is computed, and which way is better."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from eval.answers.abstention import abstention, abstention_precision, abstention_recall
from eval.answers.groundedness import (
    citation_coverage,
    citation_precision,
    citation_recall,
    citation_support,
    context_precision,
    context_recall,
    groundedness,
    unchallenged,
)
from eval.answers.overlap import (
    exact_match,
    quoted_span_alignment,
    rouge_l_precision,
    rouge_l_recall,
    string_similarity,
    token_f1,
)
from eval.answers.records import AnswerRecord, NotApplicable, Value
from hone.errors import UsageError

Need = Literal["reference", "contexts", "context_ids", "reference_ids", "claims", "answerable"]
Direction = Literal["higher", "neither"]

_MISSING: Mapping[Need, str] = {
    "reference": "no reference answer",
    "contexts": "no passages recorded",
    "context_ids": "no passage ids recorded",
    "reference_ids": "no ids of the passages with the answer",
    "claims": "no claims with citations recorded",
    "answerable": "not marked as answerable or unanswerable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerMeasure:
    """A measure of one answer, from 0 to 1."""

    name: str
    needs: tuple[Need, ...]  # besides question and answer
    score: Callable[[AnswerRecord], Value]
    direction: Direction = "higher"  # what is better

    def __call__(self, record: AnswerRecord) -> Value:
        """Measure an answer, or say why that can't be done."""
        lacking = [_MISSING[need] for need in self.needs if getattr(record, need) is None]
        return NotApplicable(why="; ".join(lacking)) if lacking else self.score(record)


MEASURES = (
    AnswerMeasure(name="context-precision", needs=("context_ids", "reference_ids"), score=context_precision),
    AnswerMeasure(name="context-recall", needs=("context_ids", "reference_ids"), score=context_recall),
    AnswerMeasure(name="groundedness", needs=("contexts",), score=groundedness),
    AnswerMeasure(name="unchallenged", needs=("contexts",), score=unchallenged),
    AnswerMeasure(name="quoted-spans", needs=("contexts",), score=quoted_span_alignment),
    AnswerMeasure(name="citation-precision", needs=("claims", "reference_ids"), score=citation_precision),
    AnswerMeasure(name="citation-recall", needs=("claims", "reference_ids"), score=citation_recall),
    AnswerMeasure(name="citation-coverage", needs=("claims",), score=citation_coverage),
    AnswerMeasure(name="citation-support", needs=("claims", "contexts", "context_ids"), score=citation_support),
    AnswerMeasure(name="exact-match", needs=("reference",), score=exact_match),
    AnswerMeasure(name="token-f1", needs=("reference",), score=token_f1),
    AnswerMeasure(name="string-similarity", needs=("reference",), score=string_similarity),
    AnswerMeasure(name="rouge-l-recall", needs=("reference",), score=rouge_l_recall),
    AnswerMeasure(name="rouge-l-precision", needs=("reference",), score=rouge_l_precision),
    AnswerMeasure(name="abstention", needs=(), score=abstention, direction="neither"),
    AnswerMeasure(name="abstention-precision", needs=("answerable",), score=abstention_precision),
    AnswerMeasure(name="abstention-recall", needs=("answerable",), score=abstention_recall),
)


def measure(record: AnswerRecord, measures: Sequence[AnswerMeasure] = MEASURES) -> Mapping[str, Value]:
    """Measure one answer with everything, by the measures' names."""
    return {item.name: item(record) for item in measures}


def measures_named(names: Sequence[str]) -> tuple[AnswerMeasure, ...]:
    """Find measures by name, or say which there are."""
    known = {item.name: item for item in MEASURES}
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"Unknown answer measure: {', '.join(unknown)}.", hint=f"Choose from: {', '.join(known)}.")
    return tuple(known[name] for name in names)
