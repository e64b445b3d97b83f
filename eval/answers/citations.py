"""Whether an answer was given and cites the right passages, by their ids, and whether they say what it says."""

from statistics import fmean

from agents.checking.support import wanting
from eval.answers.abstention import speech_of
from eval.answers.records import AnswerRecord, CitedClaim, NotApplicable, Value

_NO_GOLD = NotApplicable(why="no passage has the answer")
_NO_CITATION = NotApplicable(why="it cites nothing")


def citation_precision(record: AnswerRecord) -> Value:
    """Return the share of the passages cited that hold the answer."""
    cited, gold = _cited(record), set(record.reference_ids or ())
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
