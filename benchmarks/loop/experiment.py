"""The loop on one data set: use, retrain, measure, and again; with attackers; with one ingredient less."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.loop.ablations import VARIANTS
from benchmarks.loop.canary import Canary
from benchmarks.loop.evidence import Found, look
from benchmarks.loop.habits import Habits, first_day
from benchmarks.loop.homes import fresh_copy, open_home, prepare
from benchmarks.loop.known import Known, read_known
from benchmarks.loop.learning import Bench, Outcome, index_of, learn
from benchmarks.loop.measuring import Gain, Held, compare, measure
from benchmarks.loop.pushed import Push, judged_for, ranks
from benchmarks.loop.telling import Telling
from benchmarks.loop.using import Used, assault, recall, remember, use
from hone.registry import Generation
from hone.workspace import Workspace
from training.gate.canary import opened_canary
from training.plan import TrainingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What is tried on one data set."""

    name: str
    homes: Path
    data: Path
    habits: Habits
    plan: TrainingPlan
    canary: Canary | None
    rounds: int = 1
    telling: Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of use and what was learned from it."""

    name: str
    used: Used | None  # none where the log of another round was used
    found: Found | None
    outcome: Outcome
    base: Held
    now: Gain | None = None  # what is live afterwards, over the packaged model
    push: Push | None = None


def run_rounds(experiment: Experiment) -> Iterator[Round]:
    """Use and retrain, each round on what the one before has left live."""
    known, home = read_known(experiment.data / experiment.name), used_home(experiment)
    workspace = open_home(home.copied)
    try:
        base = _base(experiment, workspace, known)
        bench = Bench(known=known, base=base, canary=experiment.canary)
        for place in range(1, experiment.rounds + 1):
            name = f"round {place}" if experiment.rounds > 1 else "learned"
            used = home.used if place == 1 else _use(workspace, known, experiment, place)
            experiment.telling.stage("looking at the log", None)
            found = look(workspace, known.asked)
            outcome = learn(workspace, bench, experiment.plan, experiment.telling)
            held = outcome.held if outcome.verdict.decision == "promoted" else None
            now = compare(base, held or measure(workspace, _live(workspace), known.held_out))
            yield Round(name=name, used=used, found=found, outcome=outcome, base=base, now=now)
    finally:
        workspace.close()


def run_attack(experiment: Experiment) -> Round:
    """Put attackers among the people of one round, and see how far they get."""
    known, home = read_known(experiment.data / experiment.name), used_home(replace(experiment, rounds=1))
    workspace = open_home(home.copied)
    try:
        start = first_day(experiment.habits, 1, 1)
        attack = assault(workspace, known.asked, experiment.habits, start, experiment.telling)
        base = _base(experiment, workspace, known)
        before = ranks(workspace, _live(workspace), attack, known, base)
        found = look(workspace, known.asked)
        outcome = learn(workspace, Bench(known=known, base=base, canary=None), experiment.plan, experiment.telling)
        after = None
        if outcome.manifest is not None:
            generation = index_of(workspace, outcome.manifest.model, experiment.telling)
            after = ranks(workspace, generation, attack, known, outcome.held)
        push = Push(
            document=attack.document,
            questions=len(attack.wordings),
            judged=judged_for(workspace, attack),
            before=before,
            after=after,
        )
        name = "attack in an hour" if experiment.habits.burst else "patient attack"
        return Round(name=name, used=home.used, found=found, outcome=outcome, base=base, push=push)
    finally:
        workspace.close()


def run_ablations(experiment: Experiment, chosen: frozenset[str] = frozenset()) -> Iterator[Round]:
    """Retrain from one log with one thing changed at a time; nothing is promoted."""
    known, home = read_known(experiment.data / experiment.name), used_home(replace(experiment, rounds=1))
    workspace = open_home(home.copied)
    try:
        base = _base(experiment, workspace, known)
        bench = Bench(known=known, base=base, canary=experiment.canary)
        with opened_canary(workspace.settings, experiment.plan.canary, experiment.telling):
            pass  # is indexed once, and not in the first variant's time
        for variant in VARIANTS:
            if chosen and variant.name not in chosen:
                continue
            experiment.telling.say(f"== {experiment.name}: {variant.name}")
            plan = replace(variant.change(experiment.plan), promote=False)
            outcome = learn(workspace, bench, plan, experiment.telling)
            yield Round(name=variant.name, used=None, found=None, outcome=outcome, base=base)
    finally:
        workspace.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedHome:
    copied: Path  # to work in
    used: Used


def used_home(experiment: Experiment) -> UsedHome:
    """Copy the home in which the first round of use has happened; it is kept for the next experiment."""
    base = prepare(experiment.homes, experiment.data, experiment.name, experiment.telling)
    several = f"-of-{experiment.rounds}" if experiment.rounds > 1 else ""  # then its first round is further back
    lasting = experiment.homes / f"{experiment.name}-used{several}"
    working = experiment.homes / f"{experiment.name}-run"
    asked = replace(experiment.habits, attackers=0.0, attacked=0, burst=False)  # an attack is put on top
    used = recall(lasting, asked)
    if used is None:
        known = read_known(experiment.data / experiment.name)
        workspace = open_home(fresh_copy(base, lasting))
        try:
            start = first_day(asked, 1, experiment.rounds)
            used = use(workspace, known.asked, asked, start, experiment.telling)
        finally:
            workspace.close()
        remember(lasting, asked, used)
    experiment.telling.stage(f"{experiment.name}: copying", None)
    return UsedHome(copied=fresh_copy(lasting, working), used=used)


def _use(workspace: Workspace, known: Known, experiment: Experiment, place: int) -> Used:
    start = first_day(experiment.habits, place, experiment.rounds)
    return use(workspace, known.asked, experiment.habits, start, experiment.telling)


def _base(experiment: Experiment, workspace: Workspace, known: Known) -> Held:
    experiment.telling.stage(f"{experiment.name}: held-out questions before", len(known.held_out))
    return measure(workspace, _live(workspace), known.held_out)


def _live(workspace: Workspace) -> Generation:
    live = workspace.registry.live()
    assert live is not None
    return live
