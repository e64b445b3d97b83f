"""Whether an answer stands on its passages: what it says is in them, told without an LLM, and it cites the right ones.

Of every three content words of a sentence, how many has the sentence of the passages that has most of them? The mean
over an answer's sentences ranks answers as people do who score their faithfulness: docs/evaluation.md. It takes words
at their face: it does not see that a sentence was turned round, and an honest paraphrase scores lower than a copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from agents.checking.support import wanting
from agents.heuristics.facts import names_of, numbers_of, share, terms_of
from agents.heuristics.sentences import read_aloud, units_of
from eval.answers.abstention import sentences_of, speech_of
from eval.answers.records import AnswerRecord, CitedClaim, NotApplicable, Value, as_hit

INVENTED = 0.5  # what is left of a sentence with a number or name that no passage has: benchmarks/metric_agreement.py

_STATES_NOTHING = NotApplicable(why="it states nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """A sentence of an answer with what speaks for it and against it."""

    text: str
    score: float
    source: str  # the stretch of a passage that has most of it; empty where none has any
    missing: tuple[str, ...]  # numbers and names that no passage has


def ground(response: str, contexts: Sequence[str]) -> tuple[Grounded, ...]:
    """Hold every sentence that states something against the passages."""
    stretches = [read_aloud(unit) for text in contexts for unit in units_of(as_hit(text))]
    whole = "\n".join(contexts)
    return tuple(_ground(sentence, stretches, whole) for sentence in _statements(response))


def groundedness(record: AnswerRecord) -> Value:
    """Return the mean over an answer's sentences of how much of each stands in one sentence of the passages."""
    found = ground(record.response, record.contexts or ())
    return fmean(item.score for item in found) if found else _STATES_NOTHING


def unchallenged(record: AnswerRecord) -> Value:
    """Return the share of an answer's sentences that the deterministic check of claims has nothing against."""
    contexts = record.contexts or ()
    faults = [wanting(sentence, contexts) for sentence in _statements(record.response)]
    return fmean(not fault for fault in faults) if faults else _STATES_NOTHING


def _statements(response: str) -> list[str]:
    return [item for item in sentences_of(response) if terms_of(item) and speech_of(item) == "statement"]


def _ground(sentence: str, stretches: Sequence[str], whole: str) -> Grounded:
    wanted = terms_of(sentence)
    source = max(stretches, key=lambda text: share(wanted, terms_of(text)), default="")
    covered, missing = share(wanted, terms_of(source)), _missing(sentence, whole)
    score = covered * (INVENTED if missing else 1.0)
    return Grounded(text=sentence, score=score, source=source if covered else "", missing=missing)


def _missing(sentence: str, whole: str) -> tuple[str, ...]:
    names = {
        name for name in names_of(sentence) if name not in whole.casefold() and not terms_of(name) <= terms_of(whole)
    }
    return tuple(sorted((numbers_of(sentence) - numbers_of(whole)) | names))


_NO_GOLD = NotApplicable(why="no passage has the answer")
_NO_CITATION = NotApplicable(why="it cites nothing")


def citation_precision(record: AnswerRecord) -> Value:
    """Return the share of the passages cited that hold the answer; what is shown beside it makes no claim to."""
    gold = set(record.reference_ids or ())
    cited = {cited for claim in record.claims or () if not claim.beside for cited in claim.ids}
    if not gold:
        return _NO_GOLD
    return len(cited & gold) / len(cited) if cited else _NO_CITATION


def citation_recall(record: AnswerRecord) -> Value:
    """Return the share of the passages that hold the answer which are cited."""
    gold = set(record.reference_ids or ())
    return len(_cited(record) & gold) / len(gold) if gold else _NO_GOLD


def citation_coverage(record: AnswerRecord) -> Value:
    """Return the share of an answer's statements that cite anything."""
    stated = [claim for claim in record.claims or () if speech_of(claim.text) == "statement"]
    return fmean(bool(claim.ids) for claim in stated) if stated else NotApplicable(why="it states nothing")


def citation_support(record: AnswerRecord) -> Value:
    """Return the share of the citing claims that the deterministic check has nothing against."""
    texts = dict(zip(record.context_ids or (), record.contexts or (), strict=True))
    citing = [claim for claim in record.claims or () if claim.ids]
    return fmean(_holds(claim, texts) for claim in citing) if citing else _NO_CITATION


def _cited(record: AnswerRecord) -> set[str]:
    return {cited for claim in record.claims or () for cited in claim.ids}


def _holds(claim: CitedClaim, texts: dict[str, str]) -> bool:
    """Check whether a claim cites passages that it was given and that support it together."""
    known = [texts[cited] for cited in claim.ids if cited in texts]
    return len(known) == len(claim.ids) and not wanting(claim.text, known)


def context_precision(record: AnswerRecord) -> Value:
    """Return the share of the passages retrieved that hold the answer."""
    found, gold = set(record.context_ids or ()), set(record.reference_ids or ())
    if not gold:
        return _NO_GOLD
    return len(found & gold) / len(found) if found else NotApplicable(why="nothing was retrieved")


def context_recall(record: AnswerRecord) -> Value:
    """Return the share of the passages that hold the answer which were retrieved."""
    found, gold = set(record.context_ids or ()), set(record.reference_ids or ())
    return len(found & gold) / len(gold) if gold else _NO_GOLD
