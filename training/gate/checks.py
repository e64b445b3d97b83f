"""All checks in one table, and what they look at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from eval.records import GoldFinder
from hone.registry import Generation
from hone.workspace import Workspace
from training.gate.answering import answers
from training.gate.canary import Canary
from training.gate.canary_recall import OpenModel, compare_canary_recall
from training.gate.cost import latency, size, size_of
from training.gate.geometry import measure_spaces, space
from training.gate.heldout import Bench, HeldOut, tops_for
from training.gate.permission import make_probe, permission
from training.gate.ranking import answered, better, recall, rising, slices
from training.gate.rules import RULES, GateRules
from training.gate.scored import QuestionResult
from training.gate.verdict import Findings, finding
from training.pairs.leaks import find_leaks
from training.pairs.splits import Splits
from training.records import Judgment


@dataclass(frozen=True, slots=True, kw_only=True)
class GateInput:
    """A candidate beside the live model, and what both are asked."""

    version: str  # m0003
    live: Generation
    candidate: Generation  # built beside the live one
    splits: Splits  # the test pairs are held out
    judgments: Sequence[Judgment] = ()  # what else is known to answer the held-out questions
    rules: GateRules = RULES
    inverse_propensity: Callable[[int], float] = lambda _: 1.0  # what a question counts, by its answer's place


STRANGE = 200  # questions from outside that the library is asked, to see what rises in all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class GateContext:
    """A trial with both models open, and what they made of the held-out questions."""

    workspace: Workspace
    inputs: GateInput
    held_out: Sequence[HeldOut]
    lines: Sequence[QuestionResult]
    bench: Bench
    canary: Canary
    finder: GoldFinder

    @property
    def texts(self) -> list[str]:
        """Return what is asked where no answer need be known: held-out questions, and the canary's for want of them."""
        return [item.question.text for item in self.held_out] or self.strange

    @property
    def strange(self) -> list[str]:
        """Return questions about something else altogether."""
        return [question.text for question, _ in self.canary.questions[:STRANGE]]


EXAMPLES = 3  # of what was found, in a sentence

RunCheck = Callable[[GateContext], Findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """One check, under the name that a verdict has it by."""

    name: str
    run: RunCheck


def _of_lines(run: Callable[..., Findings]) -> RunCheck:
    return lambda context: run(context.lines, context.inputs.rules)


def _leaks(context: GateContext) -> Findings:
    found = find_leaks(context.inputs.splits)
    if not found:
        pairs = ", ".join(f"{len(context.inputs.splits.of(name)):,} {name}" for name in ("train", "dev", "test"))
        return finding("leaks", True, f"No question, text or document is in two splits ({pairs} pairs).")
    told = "; ".join(f"{leak.kind}: {leak.one[:80]!r} and {leak.other[:80]!r}" for leak in found[:EXAMPLES])
    return finding("leaks", False, f"{len(found):,} things are in two splits (none may be): {told}.")


def _contestants(context: GateContext) -> list[OpenModel]:
    found: list[OpenModel] = []
    for searcher in (context.bench.live, context.bench.candidate):
        with searcher.live.current() as opened:
            found.append(OpenModel(model=opened.generation.model, encoder=opened.encoder))
    return found


def _canary(context: GateContext) -> Findings:
    live, candidate = _contestants(context)
    return compare_canary_recall(context.canary, live, candidate, context.inputs.rules)


def _space(context: GateContext) -> Findings:
    live, candidate = _contestants(context)
    if live.model.card.hash == candidate.model.card.hash:
        return finding("geometry", True, "Both models make the same vectors.")
    return space(
        measure_spaces(context.workspace, live.encoder, candidate.encoder, context.texts, context.inputs.rules)
    )


def _permission(context: GateContext) -> Findings:
    library = context.bench.candidate.library
    probe = make_probe(context.workspace.settings, library, context.texts, context.inputs.rules)
    return permission((context.bench.live, context.bench.candidate), probe)


def _size(context: GateContext) -> Findings:
    live, candidate = (
        size_of(context.workspace, item.model) for item in (context.inputs.live, context.inputs.candidate)
    )
    return size(live, candidate, context.inputs.rules)


def _rising(context: GateContext) -> Findings:
    asked = partial(tops_for, owners=context.bench.owners, texts=context.strange)
    live = [*(line.live.top for line in context.lines), *asked(context.bench.live)]
    candidate = [*(line.candidate.top for line in context.lines), *asked(context.bench.candidate)]
    documents, _ = context.bench.candidate.library.count()
    return rising(live, candidate, documents, context.inputs.rules, context.finder.title)


def _answers(context: GateContext) -> Findings:
    inputs = context.inputs
    return answers(context.workspace, inputs.live, inputs.candidate, context.held_out, inputs.rules)


# In the order that a verdict is read in: what it is for first, then what it may not cost.
CHECKS: tuple[GateCheck, ...] = (
    GateCheck(name="better", run=_of_lines(better)),
    GateCheck(name="recall", run=_of_lines(recall)),
    GateCheck(name="slices", run=_of_lines(slices)),
    GateCheck(name="answered", run=_of_lines(answered)),
    GateCheck(name="canary", run=_canary),
    GateCheck(name="geometry", run=_space),
    GateCheck(name="rising", run=_rising),
    GateCheck(name="leaks", run=_leaks),
    GateCheck(name="permission", run=_permission),
    GateCheck(name="answers", run=_answers),
    GateCheck(
        name="latency",
        run=lambda context: latency(context.bench.live, context.bench.candidate, context.texts, context.inputs.rules),
    ),
    GateCheck(name="size", run=_size),
)
