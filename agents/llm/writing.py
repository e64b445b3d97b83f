"""The answer as an LLM writes it: from numbered passages, streamed, with no tools and nothing but text coming out."""

import re
import unicodedata
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from agents.llm.budget import Budget
from agents.llm.client import Llm
from agents.llm.passages import TRIES, over_passages
from agents.llm.requests import LlmFailure, ReplyPiece, Request
from agents.prompts import WRITE
from agents.records import Evidence, Sufficiency
from agents.sanitise import PlainStream

EVERY = 40  # characters between two looks for a loop
LOOP = 60  # characters that stand in a text so many times only when it goes round in circles
REPEATED = 3
EARLY = 160  # characters after which the language of an answer is looked at for the first time
SCRIPTS = {  # the first word of a letter's Unicode name → script; what shares readers shares a name here
    "LATIN": "latin",
    "CYRILLIC": "cyrillic",
    "GREEK": "greek",
    "ARABIC": "arabic",
    "HEBREW": "hebrew",
    "DEVANAGARI": "devanagari",
    "THAI": "thai",
    "HANGUL": "korean",
    "HIRAGANA": "japanese",
    "KATAKANA": "japanese",
    "CJK": "han",
}
COMMON = {
    "english": "the of and is to in are that for with this be not on or from by which you your my we what how can do "
    "does have it if when where who was will should",
    "german": "der die das und ist nicht mit ein eine den von zu werden für auf wird sind dem",
    "french": "le la les des est et une dans pour que qui sur pas avec sont du au par",
    "spanish": "el los las es y una en para que por con del se no son como su está",
    "italian": "il lo gli di che è una per con non del della sono si nel alla dei anche",
    "portuguese": "o os as é uma em para que por com não do da dos são no na ao se",
    "dutch": "de het een van en is dat niet met voor zijn op aan wordt te door ook worden",
}
LEXICON = {language: frozenset(words.split()) for language, words in COMMON.items()}
WORD = re.compile(r"[^\W\d_]+")
ENOUGH_LETTERS = 40  # of an answer; fewer may be names
ENOUGH_WORDS = 5  # common words, and this many times those of any other language
CLEARLY = 2.0


async def write_answer(
    question: str, evidence: Sequence[Evidence], sufficiency: Sufficiency, llm: Llm, budget: Budget
) -> AsyncGenerator[str | LlmFailure]:
    """Stream the answer as plain text; a failure, if there is one, comes last, after what was written till then."""
    for fewer in TRIES:
        request = writing_request(question, evidence, sufficiency, llm, budget, fewer)
        async for piece in _written(question, llm.pieces(request, budget)):
            if isinstance(piece, LlmFailure) and piece.kind == "too_large" and fewer != TRIES[-1]:
                break
            yield piece
        else:
            return


async def _written(question: str, pieces: AsyncGenerator[ReplyPiece | LlmFailure]) -> AsyncGenerator[str | LlmFailure]:
    """Make plain text of a reply, until it ends or there is no point in hearing more."""
    plain, written, watch = PlainStream(), "", LoopWatch()
    looked = False
    async with aclosing(pieces):
        async for piece in pieces:
            if isinstance(piece, LlmFailure):
                if rest := plain.rest():
                    yield rest
                yield piece
                return
            if text := plain.add(piece.text):
                written += text
                yield text
            if watch.is_looping(written):
                yield LlmFailure(kind="too_long", what="the LLM began to repeat itself")
                return
            if not looked and len(written) >= EARLY:
                looked = True
                if wrong := _wrong_language(question, written):
                    yield wrong
                    return
    if rest := plain.rest():
        yield rest
    if wrong := _wrong_language(question, written + rest):
        yield wrong


class LoopWatch:
    """Notices that a text repeats itself, which small models do until they are stopped."""

    def __init__(self) -> None:
        self._looked = 0

    def is_looping(self, text: str) -> bool:
        """Check whether the end of a text has stood there several times; looked at now and then."""
        if len(text) - self._looked < EVERY:
            return False
        self._looked = len(text)
        end = text[-LOOP:]
        return len(end) == LOOP and len(set(end.split())) > 1 and text.count(end) >= REPEATED


def writing_request(
    question: str,
    evidence: Sequence[Evidence],
    sufficiency: Sufficiency,
    llm: Llm,
    budget: Budget,
    fewer: int = 0,
) -> Request:
    """Write the prompt: as many passages as the model's context holds, what to do with them, the question last."""
    hint = _hint(sufficiency)
    return Request(messages=over_passages(WRITE.text, question, evidence, llm, budget, hint=hint, fewer=fewer))


def _hint(sufficiency: Sufficiency) -> str:
    pairs = [f"[{conflict.older}] and [{conflict.newer}]" for conflict in sufficiency.conflicts]
    hints = [f"Passages {', '.join(pairs)} may contradict each other." if pairs else ""]
    hints.append("They may answer only a part of the question." if sufficiency.verdict == "partial" else "")
    said = " ".join(hint for hint in hints if hint)
    return f"\n{said}" if said else ""


def _wrong_language(question: str, written: str) -> LlmFailure | None:
    language = other_language(question, written)
    what = f"the answer seems to be in a different language than the question ({language})"
    return LlmFailure(kind="wrong_language", what=what) if language else None


def other_language(question: str, answer: str) -> str:
    """Name the language of an answer when it is surely not that of the question."""
    asked, answered = script_of(question), script_of(answer)
    if sum(map(str.isalpha, answer)) < ENOUGH_LETTERS or not asked or not answered:
        return ""
    if asked != answered:
        return "" if {asked, answered} == {"han", "japanese"} else answered
    if asked != "latin":
        return ""
    spoken, wanted = words_of(answer), words_of(question, least=2)
    if not spoken or not wanted or spoken == wanted:
        return ""
    return "" if _common(question, spoken) * CLEARLY > _common(question, wanted) / 2 else spoken


def script_of(text: str) -> str:
    """Name the script that most letters of a text are in."""
    scripts = Counter(_script(letter) for letter in text if letter.isalpha())
    if scripts["japanese"]:
        scripts["japanese"] += scripts.pop("han", 0)
    return scripts.most_common(1)[0][0] if scripts else ""


def _common(text: str, language: str) -> int:
    return sum(word in LEXICON[language] for word in WORD.findall(text.lower()))


def words_of(text: str, least: int = ENOUGH_WORDS) -> str:
    """Name the language whose common words a Latin text clearly uses."""
    words = WORD.findall(text.lower())
    counts = sorted(((sum(word in common for word in words), name) for name, common in LEXICON.items()), reverse=True)
    (most, name), (second, _) = counts[0], counts[1]
    return name if most >= max(least, second * CLEARLY) else ""


def _script(letter: str) -> str:
    return SCRIPTS.get(unicodedata.name(letter, "OTHER").split()[0].split("-")[0], "other")
