"""Whether an answer is none: it says that it does not know, and nothing else."""

import re
from collections.abc import Iterator
from typing import Literal

from agents.compose import CLOSEST, FAILED, LATE, NOTHING, OUTSIDE
from agents.heuristics.facts import terms_of
from eval.answers.records import AnswerRecord, NotApplicable, Value
from retriever.cutting.sentences import sentence_starts

Speech = Literal["statement", "refusal", "courtesy"]

_LEAD = re.compile(r"^\s*(?:[-*+•]\s+|\d{1,2}[.)]\s+|#{1,6}\s+|>\s+)")
_WORD = re.compile(r"\w")

# Who can refuse: the answerer and its sources. What a policy does not include, or "we do not offer", is an answer.
_NOT = r"(?:(?:do|does|did|can|could)(?:\s+not|n['’]?t)|cannot|neither)"
_AM_NOT = rf"(?:{_NOT}|(?:am|are|was|were)(?:\s+not|n['’]t)|not|unable)"
_KNOW = r"(?:know|find|found|answer|confirm|determine|tell|say|advise|sure|aware)"
_TELL = (
    r"(?:contain|includ\w+|mention\w*|provid\w+|specif(?:y|ies|ied)|address\w*|tell|say|state\w*|answer\w*|confirm\w*"
    r"|discuss\w*|cover\w*|give|explain\w*|describe\w*|indicate\w*|have\s+(?:\w+\s+){0,2}?information)"
)
_SOURCES = (
    r"(?:the|these|those|this|provided|given|retrieved)\s+(?:\w+\s+){0,2}?"
    r"(?:documents?|passages?|texts?|contexts?|sources?|excerpts?|search results?|information)"
)
_NOTHING = (
    r"no\s+(?:\w+\s+){0,2}?(?:information|mention|details?|data|answers?|evidence|references?)"
    r"(?=\s+(?:about|on|regarding|concerning|of|for|to|in|available|that|whether|as to)\b|\W*$)"
)
_REFUSALS = (
    rf"\bi(?:['’]m)?(?:\s+\w+){{0,3}}?\s+{_AM_NOT}(?:\s+\w+){{0,2}}?\s+(?:have|{_KNOW}|{_TELL})\b",
    rf"\bwe(?:\s+\w+){{0,3}}?\s+{_AM_NOT}(?:\s+\w+){{0,2}}?\s+{_KNOW}\b",
    rf"\b{_SOURCES}(?:\s+\w+){{0,5}}?\s+{_NOT}(?:\s+\w+){{0,2}}?\s+{_TELL}\b",
    rf"\b{_SOURCES}(?:\s+\w+){{0,3}}?\s+(?:has|have|contains?|provides?|includes?|gives?|makes?)\s+{_NOTHING}",
    rf"\b(?:there (?:is|was|are)|i (?:have|found|could find))\s+{_NOTHING}",
    r"\bi (?:have )?found nothing\b",
    r"\bnot\s+(?:\w+\s+)?(?:mentioned|specified|provided|included|stated|given|found|answered|covered)"
    rf"\s+(?:in|by)\s+{_SOURCES}\b",
    r"^\W*no\s+(?:\w+\s+)?(?:answers?|information|results?)(?:\s+(?:was|were|is|are))?"
    r"(?:\s+(?:found|available|given|provided))?\W*$",
    r"^\W*(?:not found|unanswerable|n/?a|unknown|don['’]t know)\W*$",
    # German
    r"\b(?:ich\b(?:\s+\w+){0,2}?\s+(?:weiß|kann)|(?:weiß|kann)\s+ich)\b(?:\s+\w+){0,5}?\s+(?:nicht|nichts|keine?)\b",
    r"\bkeine?\s+(?:\w+\s+)?(?:informationen?|angaben?|hinweise?|auskunft)\b",
    r"\b(?:dokumente?n?|texte?|quellen?|unterlagen|passagen?)\s+(?:enthalten|enthält|nenn\w+|erwähn\w+|sagen|geben"
    r"|beantwort\w+)\b(?:\s+\w+){0,6}?\s+(?:nicht|nichts|keine?)\b",
    # French
    r"\bje\s+(?:ne\s+|n['’])(?:\w+\s+){1,2}?(?:pas|aucune?)\b",
    r"\b(?:documents|passages|sources|textes?)\s+(?:fournis\s+)?ne\s+(?:contiennent|mentionnent|précisent|disent"
    r"|indiquent|répondent)\s+(?:pas|aucune?)\b",
    # Spanish
    r"\bno\s+(?:lo\s+)?(?:sé|tengo|dispongo|encuentro|puedo)\b(?:\s+\w+){0,3}?\s*"
    r"(?:información|datos|responder|\W*$)",
    r"\b(?:documentos|pasajes|textos?|fuentes)\s+no\s+(?:contienen?|mencionan?|incluyen?|dicen?|indican?"
    r"|especifican?|responden?)\b",
)
_REFUSING = re.compile("|".join(_REFUSALS), re.IGNORECASE)
_THEN_TELLS = re.compile(
    r"[,;]\s*(?:however|though|although|it does|jedoch)\b|\b(?:but|aber|mais|pero)\b", re.IGNORECASE
)
_BEFORE = re.compile(r"\b(?:but|though|although|aber|jedoch|mais|pero)\b", re.IGNORECASE)
_CONCEDES = re.compile(r"^\W*(?:although|though|while|even though|obwohl|bien que|aunque)\b", re.IGNORECASE)
# "Please send the form to HR" and "If you are ill, call us" are answers; only what is about the talk itself is not.
_COURTESIES = (
    r"(?:(?:i['’]m|i am|we['’]re|we are)\s+)(?:\w+\s+)?(?:sorry|glad|happy)\b",
    r"sorry\b",
    r"(?:i apologi[sz]e|my apologies|apologies)\b",
    r"(?:thanks?|hello|hi)\b",
    r"(?:you['’]re|you are) (?:\w+ )?welcome\b",
    r"(?:please )?(?:let me know|feel free|rephrase|clarify)\b",
    r"if you\b.*\b(?:feel free|let me know|rephrase|please ask|just ask|happy to help)\b",
    r"(?:es tut mir leid|danke|désolée?|je suis désolée?|merci|lo siento|gracias)\b",
)
_COURTESY = re.compile(rf"^\W*(?:{'|'.join(_COURTESIES)})", re.IGNORECASE)
# What earlier versions said: old runs and logs still hold these.
EARLIER = (
    "I answer from the company's documents, and this is not something they could tell.",
    "The documents that you may read do not tell.",
    "The documents could not be searched just now, so there is nothing to answer from.",
    "The search did not work just now, so there is nothing to answer from. Please try again.",
    "There was not enough time to answer from the documents that were found.",
)
_OURS = frozenset(
    text[start:end].strip()
    for text in (FAILED, LATE, NOTHING, OUTSIDE, *EARLIER)
    for starts in [[0, *sentence_starts(text, 0, len(text))]]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True)
)


def sentences_of(text: str) -> Iterator[str]:
    """Yield the sentences of an answer, without list marks."""
    for line in text.splitlines():
        said = _LEAD.sub("", line).strip()
        starts = [0, *sentence_starts(said, 0, len(said))]
        for start, end in zip(starts, [*starts[1:], len(said)], strict=True):
            if _WORD.search(said[start:end]):
                yield said[start:end].strip()


def speech_of(sentence: str) -> Speech:
    """Classify a sentence: it states something, says that it is not known, or is only polite."""
    refusing = _REFUSING.search(sentence)
    if sentence in _OURS or (refusing and not _tells_besides(sentence, refusing)):
        return "refusal"
    if sentence == CLOSEST or _COURTESY.match(sentence) or sentence.rstrip(" \"'”’)").endswith(("?", "？")):
        return "courtesy"
    return "statement"


def _tells_besides(sentence: str, refusing: re.Match[str]) -> bool:
    """Check whether a sentence that refuses says something before or after: Lyon, but the documents do not say when."""
    if _CONCEDES.match(sentence) or _THEN_TELLS.search(sentence, refusing.end()):
        return True
    turn = _BEFORE.search(sentence, 0, refusing.end())
    return turn is not None and not _COURTESY.match(sentence) and len(terms_of(sentence[: turn.start()])) > 0


def abstains(text: str) -> bool:
    """Check whether an answer only says that it does not know; an empty one does too."""
    speeches = {speech_of(sentence) for sentence in sentences_of(text)}
    return not speeches or ("refusal" in speeches and "statement" not in speeches)


def abstention(record: AnswerRecord) -> Value:
    """Return 1 where the answer abstains."""
    return float(abstains(record.response))


def abstention_precision(record: AnswerRecord) -> Value:
    """Score an abstention 1 if there was nothing to answer from; the mean is the precision."""
    return float(not record.answerable) if abstains(record.response) else NotApplicable(why="it doesn't abstain")


def abstention_recall(record: AnswerRecord) -> Value:
    """Score a question without an answer 1 if it was abstained from; the mean is the recall."""
    return NotApplicable(why="it has an answer") if record.answerable else float(abstains(record.response))
