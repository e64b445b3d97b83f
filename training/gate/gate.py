"""The gate: live against candidate on questions that neither has learned from, and all else that may go wrong."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from eval.pinned import open_pinned
from eval.records import GoldFinder
from eval.retrieval import Owners
from hone.errors import HoneError
from hone.progress import Progress
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.searching.searcher import Searcher
from training.gate.canary import Canary
from training.gate.checks import CHECKS, GateCheck, GateContext, GateInput
from training.gate.heldout import Bench, ask_both, held_out_questions
from training.gate.ranking import served
from training.gate.scored import QuestionResult, compare
from training.gate.verdict import Findings, Verdict, finding, together

LAST = 10  # place of a page


def judge(workspace: Workspace, inputs: GateInput, canary: Canary, progress: Progress) -> Verdict:
    """Hold a candidate against the live model; passed is what every check passes."""
    library = Library(workspace.database)
    finder = GoldFinder(library)
    held_out = held_out_questions(inputs.splits.test, inputs.judgments, finder)
    with contextlib.ExitStack() as opened:
        live, candidate = (_open(workspace, item, opened) for item in (inputs.live, inputs.candidate))
        bench = Bench(live=live, candidate=candidate, owners=Owners(library), shown=workspace.settings.search.hits)
        progress.stage("asking held-out questions", len(held_out))
        asked = ask_both(bench, held_out, progress.advance)
        lines = [replace(line, inverse_propensity=_inverse_propensity(line, inputs)) for line in asked]
        context = GateContext(
            workspace=workspace,
            inputs=inputs,
            held_out=held_out,
            lines=lines,
            bench=bench,
            canary=canary,
            finder=finder,
        )
        progress.stage("checking", len(CHECKS))
        found = together(_looked(check, context, progress) for check in CHECKS)
    return verdict_of(inputs, lines, found)


def _inverse_propensity(line: QuestionResult, inputs: GateInput) -> float:
    """Weigh a question by its place; one whose answer is not on the page, as many as one at its end."""
    return inputs.inverse_propensity(line.live.place or LAST)


def verdict_of(inputs: GateInput, lines: Sequence[QuestionResult], found: Findings) -> Verdict:
    """Put findings into the record that is kept."""
    main = compare(lines, served(lines), weighed=True)
    failed = [check for check in found.checks if not check.passed]
    return Verdict(
        version=inputs.version,
        model=inputs.candidate.model.id,
        live=inputs.live.model.id,
        live_generation=inputs.live.id,
        generation=inputs.candidate.id,
        decided=datetime.now(UTC),
        decision="refused" if failed else "passed",
        reasons=tuple(f"{check.name}: {check.says}" for check in failed),
        checks=found.checks,
        measures=found.measures,
        slices=found.slices,
        regressions=found.regressions,
        wins=main.wins,
        ties=main.ties,
        losses=main.losses,
        p=main.p if main.questions else None,
        questions=main.questions,
        needed=found.needed,
    )


def _open(workspace: Workspace, generation: Generation, opened: contextlib.ExitStack) -> Searcher:
    searcher = open_pinned(workspace, generation)
    opened.callback(searcher.close)
    return searcher


def _looked(check: GateCheck, context: GateContext, progress: Progress) -> Findings:
    """Look, and take what kept a check from being made for a check that failed: nobody can say it would have passed."""
    try:
        return check.run(context)
    except HoneError as error:
        return finding(check.name, False, f"Couldn't run this check. {error.message} {error.hint}".strip())
    finally:
        progress.advance(1)
