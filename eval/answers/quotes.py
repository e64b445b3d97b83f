"""Whether what an answer puts in quotation marks stands in the passages."""

import re
import unicodedata
from collections.abc import Iterator
from statistics import fmean

from eval.answers.records import AnswerRecord, NotApplicable, Value

FEWEST = 3  # words; shorter ones are names and terms rather than quotes
FEWEST_UNSPACED = 6  # characters, where a quote has no spaces
_QUOTED = re.compile(r'"([^"\n]+)"|[“„”]([^“”„\n]+)[“”]|«([^«»\n]+)»|»([^«»\n]+)«|「([^「」\n]+)」|『([^『』\n]+)』')
_CUT = re.compile(r"\[?(?:…|\.\.\.)\]?")  # a quote with something left out is two
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")


def quotes_of(text: str) -> Iterator[str]:
    """Yield what a text quotes, in whatever quotation marks."""
    for match in _QUOTED.finditer(text):
        for part in _CUT.split(next(filter(None, match.groups()))):
            stretch = part.strip(" ,.;:!?。、")
            if len(stretch.split()) >= FEWEST or (_UNSPACED.search(stretch) and len(stretch) >= FEWEST_UNSPACED):
                yield stretch


def quoted_span_alignment(record: AnswerRecord) -> Value:
    """Give the share of an answer's quotes that a passage has; case and white space may differ."""
    passages = [_plain(text) for text in record.contexts or ()]
    found = [any(_plain(quote) in text for text in passages) for quote in quotes_of(record.response)]
    return fmean(found) if found else NotApplicable(why="it quotes nothing")


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")
    return " ".join(folded.split())
