"""`hone models retrain`: learn from use, and promote or refuse the new model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from datetime import timedelta

    from hone.workspace import Workspace
    from training.gate.verdict import Verdict
    from training.plan import TrainingPlan
    from training.watching import Retrain, WatchEvent

REFUSED = 3  # the exit code of a refusal: nothing failed, but no model was promoted

Tier = Literal["auto", "fusion", "query-head", "two-sided-head", "full"]


def retrain(
    tier: Annotated[
        Tier,
        typer.Option(help="How much of the model may change. `auto` tries what data and time allow, cheapest first."),
    ] = "auto",
    budget: Annotated[
        str, typer.Option(help="Time for training, as 90s, 20m or 1h30m; indexing and the gate take extra time.")
    ] = "20m",
    pairs: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, dir_okay=False, help="A file of questions with passages, besides the log. Can be repeated."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the retraining that was interrupted.")] = False,
    promote: Annotated[
        bool, typer.Option("--promote/--no-promote", help="Make the model live if it passes the gate.")
    ] = True,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="The seed of every random choice.")] = 7,
    canary: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="A BEIR folder on which the model must not get worse; by default the sample company's.",
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep running, and retrain whenever there is enough new evidence.")
    ] = False,
    every: Annotated[str, typer.Option(help="How often --watch checks, as 30m, 6h or 1d.")] = "6h",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Learn from use, and switch to the new model if it is better. Example: `hone models retrain --budget 20m`

    The live model stays until a new one passes every check on questions it hasn't learned from. The exit code is 0 if
    it passed and 3 if it was refused; a refusal says why, and how many more questions are needed to be sure. The first
    Ctrl-C ends training with the best so far, the second ends the command; `--resume` continues it. `--json` prints the
    whole verdict as one object; with `--watch`, each check is a line.

    With several processes: `torchrun --nproc-per-node 2 -m cli.main models retrain`
    """
    from cli.models.durations import read_duration
    from training.plan import TrainingPlan

    plan = TrainingPlan(
        tier=tier,
        budget=read_duration(budget, "--budget"),
        pairs=tuple(pairs or ()),
        promote=promote,
        resume=resume,
        seed=seed,
        canary=canary,
    )
    pause = read_duration(every, "--every")
    workspace = existing_workspace()
    if watch:
        _keep_watching(workspace.home, plan, pause, learn, as_json=as_json)
        return
    verdict = _learn_together(workspace, plan)
    if verdict is None:
        return
    typer.echo(verdict.model_dump_json(indent=2)) if as_json else print_verdict(verdict)
    if verdict.decision == "refused":
        raise typer.Exit(REFUSED)


def _keep_watching(home: Path, plan: TrainingPlan, pause: timedelta, retrain: Retrain, *, as_json: bool) -> None:
    """Watch until SIGTERM or Ctrl-C, which end it cleanly."""
    import signal

    from training.watching import Stop, watch

    stop = Stop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, stop.ask) for number in numbers}
    try:
        watch(home, plan, pause, retrain, stop=stop, hear=lambda event: _print_event(event, as_json=as_json))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_event(event: WatchEvent, *, as_json: bool) -> None:
    """Print one line at once: the reader is a log."""
    if as_json:
        import json

        at = event.at.isoformat(timespec="seconds")
        plain = {"at": at, "what": event.what, "version": event.version, "why": event.why}
        typer.echo(json.dumps(plain, ensure_ascii=False))
        return
    from cli.tables import visible

    version = f" {event.version}" if event.version else ""
    typer.echo(visible(f"{event.at:%Y-%m-%d %H:%M:%S}Z {event.what}{version}: {event.why}"))


def _learn_together(workspace: Workspace, plan: TrainingPlan) -> Verdict | None:
    """Retrain; of several processes only the first reports, and the others help it fit."""
    from training.fitting.fit import follow, leading
    from training.fitting.processes import is_first, joined

    with joined():
        if is_first():
            with leading():
                return learn(workspace, plan)
        follow()
    return None


def learn(workspace: Workspace, plan: TrainingPlan) -> Verdict:
    """Retrain with a progress bar."""
    from cli.progress import shown_progress
    from training.retrain import retrain as run

    try:
        with shown_progress() as progress:
            return run(workspace, plan, progress, say=_say)
    except KeyboardInterrupt:
        typer.echo("To continue from here: hone models retrain --resume", err=True)
        raise


def _say(sentence: str) -> None:
    from cli.tables import visible

    typer.secho(visible(sentence), fg="yellow", err=True)


def print_verdict(verdict: Verdict) -> None:
    """Print the result in a few lines."""
    from cli.tables import print_table, visible

    name = f"{verdict.version} ({verdict.model})" if verdict.version else "no model was trained"
    headlines = {
        "promoted": f"Promoted: {name} is live and replaces {verdict.live}.",
        "passed": f"Passed: {name} is better than {verdict.live}, which stays live.",
        "refused": f"Refused: {name}; {verdict.live} stays live.",
    }
    colour = "red" if verdict.decision == "refused" else "green"
    typer.secho(visible(headlines[verdict.decision]), fg=colour, bold=True)
    for reason in verdict.reasons:
        typer.echo(f"  – {visible(reason)}")
    if verdict.needed is not None and (more := verdict.needed - verdict.questions) > 0:
        typer.echo(
            f"To be sure, you need about {more:,} more held-out questions. Every fifth question is held out, so that "
            f"is about {5 * more:,} more questions asked."
        )
    if verdict.measures:
        typer.echo("")
        rows = [
            (item.name, f"{item.live:.3f}", f"{item.candidate:.3f}", f"{item.candidate - item.live:+.3f}")
            for item in verdict.measures
        ]
        print_table((f"on {verdict.questions:,} held-out questions", "live", "candidate", "change"), rows)
    for command in _next(verdict):
        typer.echo(f"  → {command}")


def _next(verdict: Verdict) -> list[str]:
    if not verdict.version:
        return ["hone searches stats"]
    more = {"promoted": "hone models rollback", "passed": f"hone models promote {verdict.version}"}
    shown = f"hone models show {verdict.version}"
    return [shown, *([more[verdict.decision]] if verdict.decision in more else ())]
