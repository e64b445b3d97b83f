"""How much of an answer's wording is the reference's: exact match, token F1, characters, and words in order."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import fmean

from eval.answers.records import AnswerRecord, NotApplicable, Value

_ARTICLES = frozenset(("a", "an", "the"))
# Scripts written without spaces count by character, as SQuAD's successors in those languages do.
_TOKEN = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+"
)
_ORDERS = range(1, 7)  # of character n-grams, as in chrF
_RECALL = 2  # how much more recall counts than precision, as in chrF2
FEWEST = 3  # words; shorter ones are names and terms rather than quotes
FEWEST_UNSPACED = 6  # characters, where a quote has no spaces
_QUOTED = re.compile(r'"([^"\n]+)"|[“„”]([^“”„\n]+)[“”]|«([^«»\n]+)»|»([^«»\n]+)«|「([^「」\n]+)」|『([^『』\n]+)』')
_CUT = re.compile(r"\[?(?:…|\.\.\.)\]?")  # a quote with something left out is two
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")


def exact_match(record: AnswerRecord) -> Value:
    """Return 1 where answer and reference are the same but for case, punctuation and articles (SQuAD)."""
    wanted = tokens_of(record.reference or "")
    return float(tokens_of(record.response) == wanted) if wanted else _empty()


def token_f1(record: AnswerRecord) -> Value:
    """Return the F1 of the answer's words against the reference's, as SQuAD counts them."""
    said, wanted = Counter(tokens_of(record.response)), Counter(tokens_of(record.reference or ""))
    if not wanted:
        return _empty()
    return 2 * (said & wanted).total() / (said.total() + wanted.total())


def string_similarity(record: AnswerRecord) -> Value:
    """Compute chrF2: character n-grams of one to six shared with the reference, recall counting more."""
    said, wanted = ("".join(text.split()) for text in (record.response, record.reference or ""))
    shares = [_shared(_grams(said, order), _grams(wanted, order)) for order in _ORDERS if len(wanted) >= order]
    if not shares:
        return _empty()
    precision, recall = (fmean(side) for side in zip(*shares, strict=True))
    weighed = _RECALL**2 * precision + recall
    return (1 + _RECALL**2) * precision * recall / weighed if weighed else 0.0


def rouge_l_recall(record: AnswerRecord) -> Value:
    """Measure how much of the reference the answer has in the same order, in words."""
    wanted = tokens_of(record.reference or "")
    return _in_common(tokens_of(record.response), wanted) / len(wanted) if wanted else _empty()


def rouge_l_precision(record: AnswerRecord) -> Value:
    """Measure how much of the answer the reference has in the same order, in words."""
    said, wanted = tokens_of(record.response), tokens_of(record.reference or "")
    if not wanted:
        return _empty()
    return _in_common(said, wanted) / len(said) if said else 0.0


def tokens_of(text: str) -> list[str]:
    """Split a text into words as SQuAD compares them: no case, punctuation or articles, in any script."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(letter for letter in folded if unicodedata.category(letter)[0] not in "PSC" or letter.isspace())
    return [token for token in _TOKEN.findall(kept) if token not in _ARTICLES]


def _empty() -> NotApplicable:
    return NotApplicable(why="the reference is empty")


def _grams(text: str, order: int) -> Counter[str]:
    return Counter(text[place : place + order] for place in range(len(text) - order + 1))


def _shared(said: Counter[str], wanted: Counter[str]) -> tuple[float, float]:
    both = (said & wanted).total()
    return both / max(said.total(), 1), both / max(wanted.total(), 1)


def _in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Count the longest common subsequence, a bit for each word of the other: a row takes one addition."""
    places: dict[str, int] = {}
    for place, word in enumerate(other):
        places[word] = places.get(word, 0) | 1 << place
    full = row = (1 << len(other)) - 1
    for word in one:
        matched = row & places.get(word, 0)
        row = ((row + matched) | (row - matched)) & full
    return len(other) - row.bit_count()


def quotes_of(text: str) -> Iterator[str]:
    """Yield what a text quotes, in whatever quotation marks."""
    for match in _QUOTED.finditer(text):
        for part in _CUT.split(next(filter(None, match.groups()))):
            stretch = part.strip(" ,.;:!?。、")
            if len(stretch.split()) >= FEWEST or (_UNSPACED.search(stretch) and len(stretch) >= FEWEST_UNSPACED):
                yield stretch


def quoted_span_alignment(record: AnswerRecord) -> Value:
    """Return the share of an answer's quotes that a passage has; case and white space may differ."""
    passages = [_plain(text) for text in record.contexts or ()]
    found = [any(_plain(quote) in text for text in passages) for quote in quotes_of(record.response)]
    return fmean(found) if found else NotApplicable(why="it quotes nothing")


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")
    return " ".join(folded.split())
