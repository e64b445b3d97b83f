"""What a model may do here: it plans, judges and writes on questions with known answers, and is held to the result."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean

from agents.checking.check import check, read_claims
from agents.llm.budget import Budget
from agents.llm.capabilities import Verdicts
from agents.llm.client import Llm
from agents.llm.judging import view_sufficiency
from agents.llm.planning import plan_with_llm
from agents.llm.pointing import SECONDS, Pointed, log_odds, point_once
from agents.llm.probes import FOLLOW_UPS, QUESTIONS, ProbeFollowUp, ProbeQuestion
from agents.llm.requests import LlmFailure
from agents.llm.writing import write_answer
from agents.records import Sufficiency, Turn
from agents.sanitise import strip_markup

TODAY = date(2026, 1, 5)
LEAST_PLANNED = 2  # follow-ups of three
LEAST_TOLD = 0.8  # the chance that a question with an answer is surer than one without
LEAST_JUDGED = 0.75  # of all questions, where the verdict is a word
LEAST_WRITTEN = 0.6  # of the questions with an answer
MOST_WRONG = 1  # wrong sentences that pass every check
LEAST_APART = 0.25  # log odds; less is no difference
LARGER = 2.5  # times a probe's passages: what real ones are in tokens
GIVES_UP = 3  # failures that end a trial: a server that does not answer has been asked often enough
SOME = Sufficiency(verdict="sufficient", probability=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of one trial: whether the model may do this, and what it did, for people."""

    passed: bool
    told: str
    verdicts: Verdicts = "fields"
    usual_odds: float = 1.0
    odds_apart: float = 1.0


async def try_planning(llm: Llm, budget: Budget, asked: Sequence[ProbeFollowUp] = FOLLOW_UPS) -> Trial:
    """Let it make follow-ups into questions that stand alone."""
    right = 0
    for item in asked:
        turns = [
            Turn(role="user", text=item.before[0]),
            Turn(role="assistant", text=item.before[1]),
            Turn(role="user", text=item.text),
        ]
        planned = await plan_with_llm(turns, TODAY, (), (), llm, budget)
        if not isinstance(planned, LlmFailure) and not planned.ask_back:
            right += all(re.search(words, planned.standalone, re.IGNORECASE) for words in item.wanted)
    return Trial(passed=right >= LEAST_PLANNED, told=f"understood {right} of {len(asked)} follow-up questions")


async def try_judging(llm: Llm, budget: Budget, asked: Sequence[ProbeQuestion] = QUESTIONS) -> Trial:
    """Let it tell questions with an answer from those without, by one token where the server has chances."""
    began = time.monotonic()
    first = await point_once(asked[0].text, asked[0].evidence, llm, budget)
    if isinstance(first, LlmFailure):
        return await _by_fields(llm, budget, asked)
    sure: list[float] = [first.some]
    for item in asked[1:]:
        view = await point_once(item.text, item.evidence, llm, budget)
        sure.append(view.some if isinstance(view, Pointed) else 0.5)
    seconds = (time.monotonic() - began) / len(asked) * LARGER
    return judged_by(sure, [item.answerable for item in asked], seconds)


def judged_by(sure: Sequence[float], answerable: Sequence[bool], seconds: float) -> Trial:
    """Make a trial of the chances that some passage answers, and learn how this model's own odds are to be read."""
    told = told_apart(sure, answerable)
    able, lacking = (
        fmean(log_odds(value) for value, known in zip(sure, answerable, strict=True) if known is kind)
        for kind in (True, False)
    )
    words = f"told questions with an answer from those without in {told:.0%} of pairs"
    return Trial(
        passed=told >= LEAST_TOLD and seconds <= SECONDS,
        told=words if seconds <= SECONDS else f"{words}, but takes {seconds:.0f} s for a verdict",
        verdicts="token",
        usual_odds=round((able + lacking) / 2, 3),
        odds_apart=round(max((able - lacking) / 2, LEAST_APART), 3),
    )


async def _by_fields(llm: Llm, budget: Budget, asked: Sequence[ProbeQuestion]) -> Trial:
    right = failures = 0
    for item in asked:
        view = await view_sufficiency(item.text, item.evidence, llm, budget)
        if isinstance(view, LlmFailure):
            failures += 1
            if failures >= GIVES_UP:
                return Trial(passed=False, told=f"gave no verdict: {view.what}")
        else:
            right += (view.verdict != "insufficient") == item.answerable
    return Trial(passed=right >= LEAST_JUDGED * len(asked), told=f"judged {right} of {len(asked)} questions rightly")


def told_apart(sure: Sequence[float], answerable: Sequence[bool]) -> float:
    """Compute the chance that a question with an answer is surer than one without; a tie counts half."""
    able = [value for value, known in zip(sure, answerable, strict=True) if known]
    lacking = [value for value, known in zip(sure, answerable, strict=True) if not known]
    wins = sum((one > other) + 0.5 * (one == other) for one in able for other in lacking)
    return wins / max(len(able) * len(lacking), 1)


async def try_writing(llm: Llm, budget: Budget, asked: Sequence[ProbeQuestion] = QUESTIONS) -> Trial:
    """Let it write answers, checked as every answer is; what passes has to be right, and enough has to pass.

    It ends as soon as the model can't pass any more: a small one on a plain machine takes seconds for each.
    """
    right = wrong = tried = failures = 0
    left = sum(item.answerable for item in asked)
    wanted = LEAST_WRITTEN * left
    for item in asked:
        draft = await _draft(item, llm, budget)
        failures += not draft
        said = held_of(draft, item)
        is_right = any(words in said for words in item.right)
        right, wrong = right + is_right, wrong + (bool(said) and not is_right)
        tried, left = tried + 1, left - item.answerable
        if wrong > MOST_WRONG or right + left < wanted or failures >= GIVES_UP:
            break
    kind = f"wrote {right} right answers to {tried} questions, and {wrong} wrong ones that the checks let pass"
    words = f"wrote nothing in {failures} of {tried} tries" if failures >= GIVES_UP else kind
    return Trial(passed=tried == len(asked) and right >= wanted and wrong <= MOST_WRONG, told=words)


async def _draft(item: ProbeQuestion, llm: Llm, budget: Budget) -> str:
    draft = ""
    async for piece in write_answer(item.text, item.evidence, SOME, llm, budget):
        if not isinstance(piece, LlmFailure):
            draft += piece
    return draft.strip()


def held_of(draft: str, item: ProbeQuestion) -> str:
    """Return what of a draft passes the checks, in lower case."""
    read = read_claims(strip_markup(draft), item.evidence)
    claims = check(read, item.evidence, frozenset(item.passages), item.text)
    return " ".join(claim.text for claim in claims if claim.support in {"quoted", "supported"}).casefold()
