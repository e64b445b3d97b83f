"""All checks in one table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from training.gate.answered import answered
from training.gate.answering import answers
from training.gate.context import Case
from training.gate.cost import latency, size, size_of
from training.gate.embedding_geometry import measure_spaces, space
from training.gate.forgetting import Contestant, forgetting
from training.gate.hub_documents import rising
from training.gate.permission import make_probe, permission
from training.gate.ranking import better, recall, slices
from training.gate.searching import tops_for
from training.gate.verdict import Findings, finding
from training.pairs.leaks import find_leaks

EXAMPLES = 3  # of what was found, in a sentence

Look = Callable[[Case], Findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One check, under the name that a verdict has it by."""

    name: str
    look: Look


def _of_lines(look: Callable[..., Findings]) -> Look:
    return lambda case: look(case.lines, case.trial.rules)


def _leaks(case: Case) -> Findings:
    found = find_leaks(case.trial.splits)
    if not found:
        pairs = ", ".join(f"{len(case.trial.splits.of(name)):,} {name}" for name in ("train", "dev", "test"))
        return finding("leaks", True, f"No question, text or document stands on two sides ({pairs} pairs).")
    told = "; ".join(f"{leak.kind}: {leak.one[:80]!r} and {leak.other[:80]!r}" for leak in found[:EXAMPLES])
    return finding("leaks", False, f"{len(found):,} things stand on two sides of the split; none may. {told}.")


def _contestants(case: Case) -> list[Contestant]:
    found: list[Contestant] = []
    for searcher in (case.bench.live, case.bench.candidate):
        with searcher.live.current() as opened:
            found.append(Contestant(model=opened.generation.model, encoder=opened.encoder))
    return found


def _canary(case: Case) -> Findings:
    live, candidate = _contestants(case)
    return forgetting(case.canary, live, candidate, case.trial.rules)


def _space(case: Case) -> Findings:
    live, candidate = _contestants(case)
    if live.model.card.hash == candidate.model.card.hash:
        return finding("geometry", True, "Both models make the same vectors.")
    return space(measure_spaces(case.workspace, live.encoder, candidate.encoder, case.texts, case.trial.rules))


def _permission(case: Case) -> Findings:
    library = case.bench.candidate.library
    probe = make_probe(case.workspace.settings, library, case.texts, case.trial.rules)
    return permission((case.bench.live, case.bench.candidate), probe)


def _size(case: Case) -> Findings:
    live, candidate = (size_of(case.workspace, item.model) for item in (case.trial.live, case.trial.candidate))
    return size(live, candidate, case.trial.rules)


def _rising(case: Case) -> Findings:
    asked = partial(tops_for, owners=case.bench.owners, texts=case.strange)
    live = [*(line.live.top for line in case.lines), *asked(case.bench.live)]
    candidate = [*(line.candidate.top for line in case.lines), *asked(case.bench.candidate)]
    documents, _ = case.bench.candidate.library.count()
    return rising(live, candidate, documents, case.trial.rules, case.finder.title)


def _answers(case: Case) -> Findings:
    trial = case.trial
    return answers(case.workspace, trial.live, trial.candidate, case.exam.questions, trial.rules)


# In the order that a verdict is read in: what it is for first, then what it may not cost.
STATIONS: tuple[Station, ...] = (
    Station(name="better", look=_of_lines(better)),
    Station(name="recall", look=_of_lines(recall)),
    Station(name="slices", look=_of_lines(slices)),
    Station(name="answered", look=_of_lines(answered)),
    Station(name="canary", look=_canary),
    Station(name="geometry", look=_space),
    Station(name="rising", look=_rising),
    Station(name="leaks", look=_leaks),
    Station(name="permission", look=_permission),
    Station(name="answers", look=_answers),
    Station(
        name="latency", look=lambda case: latency(case.bench.live, case.bench.candidate, case.texts, case.trial.rules)
    ),
    Station(name="size", look=_size),
)
