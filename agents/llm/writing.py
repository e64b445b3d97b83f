"""The answer as an LLM writes it: from numbered passages, streamed, with no tools and nothing but text coming out."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from agents.llm.budget import Budget
from agents.llm.client import Llm
from agents.llm.passages import TRIES, over_passages
from agents.llm.requests import LlmFailure, ReplyPiece, Request
from agents.prompts import WRITE
from agents.records import Evidence, Sufficiency
from agents.sanitise import PlainStream
from hone.language import CLEARLY, LATIN, clear_language, count_common, script_of

EVERY = 40  # characters between two looks for a loop
LOOP = 60  # characters that stand in a text so many times only when it goes round in circles
REPEATED = 3
EARLY = 160  # characters after which the language of an answer is looked at for the first time
ENOUGH_LETTERS = 40  # of an answer; fewer may be names


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
    if asked != LATIN:
        return ""
    spoken, wanted = clear_language(answer), clear_language(question, least=2)
    if not spoken or not wanted or spoken == wanted:
        return ""
    return "" if count_common(question, spoken) * CLEARLY > count_common(question, wanted) / 2 else spoken
