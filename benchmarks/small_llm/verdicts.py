"""Each question's signals, and what an LLM says by one token about the passages found for it."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from agents.heuristics.signals import measure_signals
from agents.judge import renumbered
from agents.llm.budget import Budget
from agents.llm.client import Llm
from agents.llm.pointing import MOST, Pointed, point_once
from agents.llm.requests import LlmFailure, Request, prompt
from agents.records import Evidence
from benchmarks.homes import TODAY, Home
from benchmarks.questionsets import Asked, handbook, mtrag, sample
from eval.calibration.calibrate import first_round

SEED = 5
YES_OR_NO = """\
Question: {question}

Passage: {title}
{text}

Does the passage say the answer to exactly this question? Reply Yes or No."""


class Viewed(BaseModel):
    """One question, what Hone measured, and what the LLM said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    world: str
    id: str
    answerable: bool
    question: str
    signals: dict[str, float]
    forward: float  # that some passage answers, passages best first
    backward: float | None = None  # the same, best last, where that was asked
    first: int  # the place, by Hone's order, of the passage it points at in all orders together; 0: none
    first_forward: int
    yes: tuple[float, ...]  # of each of the first passages by itself, asked yes or no
    seconds: float  # of one order
    seconds_yes: float  # of one passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """What is asked of the LLM for each question."""

    orders: int  # in which the passages are shown
    passages: int  # that are asked yes or no, each by itself


def questions_of(world: str, data: Path, home: Path, each: int) -> list[Asked]:
    """Draw as many questions with an answer as without one."""
    found = {
        "mtrag": lambda: mtrag(data),
        "sample": lambda: sample(home / "sample"),
        "18f": lambda: handbook(data, "18f"),
        "sourcegraph": lambda: handbook(data, "sourcegraph"),
    }[world]()
    known = sorted(found, key=lambda item: item.id)
    random.Random(SEED).shuffle(known)  # a draw that anybody can repeat
    able = [item for item in known if item.kind == "ANSWERABLE"][:each]
    lacking = [item for item in known if item.kind == "UNANSWERABLE"][:each]
    return [item for pair in zip(able, lacking, strict=False) for item in pair]


def view_all(world: str, asked: Sequence[Asked], home: Path, data: Path, llm: Llm, wanted: Forms) -> Iterator[Viewed]:
    """Ask about every question, one after another."""
    folder = home / (world if world in ("mtrag", "sample") else f"handbook-{world}")
    with Home(folder, data) as opened, asyncio.Runner() as runner:
        for item in asked:
            found = first_round(item.turns, item.asker, opened.searcher, TODAY)
            if not found.evidence:
                continue
            measured = measure_signals(found.plan, found.evidence, opened.read)
            evidence = renumbered(found.evidence, measured.cited)
            yield runner.run(_viewed(world, item, found.plan.standalone, dict(measured.signals), evidence, llm, wanted))


async def _viewed(
    world: str,
    item: Asked,
    question: str,
    signals: dict[str, float],
    evidence: Sequence[Evidence],
    llm: Llm,
    wanted: Forms,
) -> Viewed:
    budget = Budget(seconds=3600, llm_calls=100, tokens=10**9)
    best = list(evidence[:MOST])
    began = time.perf_counter()
    forward = _sure(await point_once(question, best, llm, budget))
    seconds = time.perf_counter() - began
    views = [forward]
    if wanted.orders > 1:
        views.append(_sure(await point_once(question, best[::-1], llm, budget)))
    began = time.perf_counter()
    yes = [await _yes(question, one, llm, budget) for one in best[: wanted.passages]]
    seconds_yes = (time.perf_counter() - began) / max(len(yes), 1)
    each = {one.number: sum(view.each[one.number] for view in views) for one in best}
    none = sum(1 - view.some for view in views)
    return Viewed(
        world=world,
        id=item.id,
        answerable=item.kind == "ANSWERABLE",
        question=question,
        signals=signals,
        forward=forward.some,
        backward=views[1].some if wanted.orders > 1 else None,
        first=0 if none > max(each.values()) else max(each, key=lambda number: each[number]),
        first_forward=max(forward.each, key=lambda number: forward.each[number]),
        yes=tuple(yes),
        seconds=round(seconds, 2),
        seconds_yes=round(seconds_yes, 2),
    )


def _sure(view: Pointed | LlmFailure) -> Pointed:
    if isinstance(view, LlmFailure):
        raise SystemExit(f"The LLM gave no verdict: {view.what}.")
    return view


async def _yes(question: str, one: Evidence, llm: Llm, budget: Budget) -> float:
    title = " › ".join((one.hit.title, *one.hit.heading))
    said = YES_OR_NO.format(question=question, title=title, text=one.hit.text[:800])
    rules = "You check whether a passage of a company's documents answers a question. Reply Yes or No."
    reply = await llm.reply(Request(messages=prompt(rules, said), one_token=True), budget)
    if isinstance(reply, LlmFailure):
        raise SystemExit(f"The LLM gave no verdict: {reply.what}.")
    yes, no = (sum(p for token, p in reply.chances.items() if token.lower() == word) for word in ("yes", "no"))
    return yes / max(yes + no, 1e-9)
