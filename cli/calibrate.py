"""`hone calibrate`: learn when to answer, from questions known to have an answer or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_hone

if TYPE_CHECKING:
    from eval.calibration.calibrate import CalibrationResult


def calibrate(
    questions: Annotated[Path, typer.Argument(help="JSON lines with id, question, asker, answerable and history.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Learn when to answer and when to say "not found". Example: `hone calibrate questions.jsonl`

    Use questions like those people ask, some of them without an answer in the documents. The result applies to the
    live model of this workspace, from the next question on.
    """
    from datetime import UTC, datetime

    from agents.calibration import calibration_file
    from cli.progress import shown_progress
    from eval.calibration.calibrate import calibrate as fit
    from eval.calibration.calibrate import read_labelled

    hone = existing_hone()
    labelled = read_labelled(questions, hone.workspace.settings)
    with shown_progress() as progress:
        learned = fit(labelled, hone.searcher, progress, datetime.now(UTC).date())
    file = calibration_file(hone.workspace, learned.calibration.model)
    if as_json:
        from dataclasses import asdict

        from cli.tables import print_json

        print_json({**asdict(learned), "file": str(file)})
        return
    _print(learned, file)


def _print(learned: CalibrationResult, file: Path) -> None:
    from cli.tables import print_table

    found = learned.calibration
    typer.echo(f"{learned.questions:,} questions measured, {learned.unanswerable:,} of them without an answer.\n")
    rows = (
        ("this calibration, on questions it wasn't fitted on", f"{learned.auroc:.3f}"),
        ("a threshold on the best passage's score", f"{learned.auroc_top:.3f}"),
        ("the packaged calibration", f"{learned.auroc_packaged:.3f}"),
    )
    print_table(("AUROC", "AUROC"), rows)
    typer.echo(
        f"\nAnswers from {found.sufficient:.0%} certainty on, shows the closest match from {found.best_match:.0%} on."
    )
    line = ", ".join(f"{risk:.0%} of the surest {share:.0%}" for share, risk in learned.risks.items())
    typer.echo(f"Without an answer: {line}.")
    typer.echo(f"\nSaved in {file}. Delete it to go back to the packaged calibration.")
    if learned.auroc < learned.auroc_packaged:
        typer.secho("The packaged calibration does better on these questions. More questions may help.", fg="yellow")
