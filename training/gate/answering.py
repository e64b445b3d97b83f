"""Whether answers stand on the right documents as before: the assistant without an LLM, over both indexes."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.answers.abstention import abstains
from eval.answers.asking import Apart
from eval.answers.measures import measures_named
from eval.answers.runs.scoring import Gold, asked_records
from eval.statistics import SEED
from hone.registry import Generation
from hone.settings import LlmSettings
from hone.workspace import Workspace
from training.gate.heldout import HeldOut
from training.gate.rules import GateRules
from training.gate.scored import PairedScores, compare_scores
from training.gate.verdict import Check, Findings

SECONDS = 90.0  # after which no further question is begun
MEASURES = measures_named(("context-recall", "citation-recall", "citation-precision"))
ABSTENTION = "abstention"

Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedAnswer:
    """One question's answers by both models, measured; what has no value for one of them is left out."""

    cluster: str
    live: Scores
    candidate: Scores


def answers(
    workspace: Workspace, live: Generation, candidate: Generation, items: Sequence[HeldOut], rules: GateRules
) -> Findings:
    """Ask a sample of the held-out questions of both, without an LLM, and hold the answers against the known gold."""
    chosen = random.Random(SEED).sample(list(items), min(len(items), rules.answer_questions))  # noqa: S311  # nothing secret about it
    quiet = Workspace(workspace.settings.model_copy(update={"llm": LlmSettings()}))
    try:
        return judged_answers(asyncio.run(_ask_all(quiet, (live, candidate), chosen)), rules)
    finally:
        quiet.close()


def judged_answers(found: Sequence[PairedAnswer], rules: GateRules) -> Findings:
    """Judge each measure on the questions that both have it of: it may fall a little, and more by chance only."""
    if not found:
        return Findings(checks=(Check(name="answers", passed=True, says="There are no questions to answer."),))
    compared = {name: _compared(found, name) for name in (*(item.name for item in MEASURES), ABSTENTION)}
    compared = {name: item for name, item in compared.items() if item.questions}
    worse = [name for name, item in compared.items() if _is_worse(name, item, rules)]
    told = "; ".join(f"{name} {compared[name].moves}" for name in worse or compared)
    wanted = (
        f"allowed beyond chance: a measure falls by {rules.answers_margin:.2f}, abstention rises by "
        f"{rules.abstention_up:.2f}"
    )
    return Findings(
        checks=(Check(name="answers", passed=not worse, says=f"Answers without an LLM: {told}; {wanted}."),),
        measures=tuple(item.measured(f"answers {name}") for name, item in compared.items()),
    )


def _is_worse(name: str, found: PairedScores, rules: GateRules) -> bool:
    gap = found.difference
    if name == ABSTENTION:  # every question here has an answer
        return gap.mean > rules.abstention_up and gap.low > 0
    return gap.mean < -rules.answers_margin and gap.high < 0


def _compared(found: Sequence[PairedAnswer], name: str) -> PairedScores:
    both = [item for item in found if name in item.live and name in item.candidate]
    return compare_scores(
        [item.live[name] for item in both],
        [item.candidate[name] for item in both],
        [item.cluster for item in both],
    )


async def _ask_all(
    workspace: Workspace, generations: Sequence[Generation], items: Sequence[HeldOut]
) -> list[PairedAnswer]:
    began = time.monotonic()
    assistants = [await asyncio.to_thread(Apart, workspace, generation) for generation in generations]
    found: list[PairedAnswer] = []
    try:
        for item in items:
            if time.monotonic() - began > SECONDS:
                break
            live, candidate = [await _ask(assistant, item) for assistant in assistants]
            found.append(PairedAnswer(cluster=item.cluster, live=live, candidate=candidate))
    finally:
        for assistant in assistants:
            await assistant.aclose()
    return found


async def _ask(assistant: Apart, item: HeldOut) -> Scores:
    asked = await assistant.answer(item.question)
    if asked.failed:
        return {**{measure.name: 0.0 for measure in MEASURES}, ABSTENTION: 1.0}
    gold = Gold(
        ids=tuple(name for name, grade in item.known.grades.items() if grade > 0),
        unit=item.question.unit,
        known=item.known,
    )
    records = asked_records(item.question, asked, gold)
    values = {measure.name: measure(records.for_measure(measure)) for measure in MEASURES}
    scores = {name: value for name, value in values.items() if isinstance(value, float)}
    return {**scores, ABSTENTION: float(abstains(asked.response))}
