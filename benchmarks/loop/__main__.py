"""Does Hone learn? Simulated people use it, it retrains from their log alone, and questions that nobody asked tell.

    python -m benchmarks.loop nl2bash medquad covid-qa --home /tmp/loop --budget 30m --results docs/results

Workspaces, and the log of the first round, are kept in `--home` for the next experiment.
"""

import argparse
import contextlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.loop.ablations import VARIANTS
from benchmarks.loop.canary import open_canary
from benchmarks.loop.experiment import Experiment, Round, run_ablations, run_attack, run_rounds
from benchmarks.loop.habits import HABITS
from benchmarks.loop.table import figures, table
from benchmarks.loop.telling import Telling
from benchmarks.record import data_folder, keep
from cli.models.durations import read_duration
from hone.errors import HoneError
from training.plan import TrainingPlan

SETS = ("nl2bash", "medquad", "covid-qa")


def main() -> None:
    """Run what was asked for, set by set, and keep the figures after each retraining."""
    options = _arguments()
    telling = Telling()
    data = data_folder(options.data).resolve()
    canary = None if options.no_canary else open_canary(options.home, data, telling)
    done: list[tuple[str, Round]] = []
    for name in options.sets:
        experiment = Experiment(
            name=name,
            homes=options.home,
            data=data,
            habits=replace(HABITS, people=options.people, askers=options.askers, seed=options.seed),
            plan=_plan(options),
            canary=canary,
            rounds=options.rounds,
            telling=telling,
        )
        for one in _run(experiment, options):
            done.append((name, one))
            telling.say(table(done[-1:]))
            with contextlib.redirect_stdout(io.StringIO()):  # kept after each, and printed once
                _keep(done, options)
    _keep(done, options)
    print(f"\n{table(done)}")


def _plan(options: argparse.Namespace) -> TrainingPlan:
    plan = TrainingPlan(tier=options.tier, budget=options.budget)
    if options.epochs is None:
        return plan
    return replace(plan, options=replace(plan.options, epochs=options.epochs, evaluations_per_epoch=1))


def _run(experiment: Experiment, options: argparse.Namespace) -> Iterator[Round]:
    if options.ablate is not None:
        yield from run_ablations(experiment, frozenset(options.ablate))
    elif options.attackers:
        for burst in (False, True):
            habits = replace(experiment.habits, attackers=options.attackers, burst=burst)
            yield run_attack(replace(experiment, habits=habits))
    else:
        yield from run_rounds(experiment)


def _keep(done: Sequence[tuple[str, Round]], options: argparse.Namespace) -> None:
    keep(_name(options), dict(line for name, one in done for line in figures(name, one)), options.results)


def _name(options: argparse.Namespace) -> str:
    kind = "-ablations" if options.ablate is not None else "-attack" if options.attackers else ""
    rounds = f"-{options.rounds}-rounds" if options.rounds > 1 else ""
    return f"loop{kind}{rounds}-{'-'.join(options.sets)}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.loop", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", choices=SETS)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where workspaces are kept, and found again")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--budget", type=_duration, default=timedelta(minutes=30), help="for learning: 30m, 90s, 1h")
    parser.add_argument(
        "--epochs", type=float, help="of fitting at most, looked at once each; give a budget that does not end before"
    )
    parser.add_argument("--tier", default="auto")
    parser.add_argument("--people", type=int, default=HABITS.people)
    parser.add_argument("--askers", type=float, default=HABITS.askers, help="people who ask a question, on average")
    parser.add_argument("--seed", type=int, default=HABITS.seed)
    parser.add_argument("--attackers", type=float, nargs="?", const=0.05, default=0.0, help="their share of the people")
    names = [variant.name for variant in VARIANTS]
    parser.add_argument("--ablate", nargs="*", choices=names, help="all variants, or those that are named")
    parser.add_argument("--no-canary", action="store_true", help="leave out the multihop questions")
    return parser.parse_args()


def _duration(text: str) -> timedelta:
    try:
        return read_duration(text, "--budget")
    except HoneError as error:
        raise argparse.ArgumentTypeError(error.message) from error


if __name__ == "__main__":
    main()
