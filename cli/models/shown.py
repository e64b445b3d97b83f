"""What `hone models show` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from hone.workspace import Workspace
    from training.candidates.candidates import Candidate
    from training.candidates.manifest import ModelManifest


def print_shown(workspace: Workspace, candidate: Candidate) -> None:
    """Print a model's lineage and the gate's verdict."""
    from cli.models.listed import forced_in_words
    from cli.tables import visible_lines
    from training.candidates.candidates import candidate_statuses
    from training.candidates.forgotten_models import forgotten_in
    from training.gate.show import to_markdown

    status = next(item for item in candidate_statuses(workspace) if item.candidate.version == candidate.version)
    typer.secho(f"{candidate.version}, {status.decision}{', live' if status.live else ''}", bold=True)
    if status.forced is not None:
        typer.secho(visible_lines(f"It was {forced_in_words(status.forced)}."), fg="yellow")
    print_lineage(candidate.manifest)
    for note in forgotten_in(candidate.folder):
        how = (
            f"it is built on {note.through[0]}"
            if note.through
            else f"{note.evidence + note.measured:,} items of theirs"
        )
        typer.secho(f"It learned from a person who was forgotten on {note.when:%Y-%m-%d}: {how}.", fg="yellow")
    typer.echo("")
    if candidate.verdict is None:
        typer.echo("Not evaluated by the gate yet. → hone models retrain --resume")
    else:
        typer.echo(visible_lines(to_markdown(candidate.verdict)))


def print_lineage(manifest: ModelManifest) -> None:
    """Print what a model was made from."""
    from datetime import timedelta

    from cli.models.durations import say_duration
    from cli.tables import print_table, visible

    pairs = ", ".join(f"{count:,} {split}" for split, count in manifest.pairs.items() if count)
    sources = ", ".join(f"{source} {count:,}" for source, count in manifest.sources.items() if count)
    budget = manifest.settings.get("budget_seconds")
    facts = {
        "model": manifest.model,
        "base": manifest.base,
        "tier": f"{manifest.tier}, asked for: {manifest.settings.get('tier', manifest.tier)}",
        "created": f"{manifest.created:%Y-%m-%d %H:%M} UTC by Hone {manifest.hone}, code {manifest.code[:12]}",
        "pairs": f"{pairs}; by source: {sources}",
        "evidence": f"{len(manifest.evidence):,} items to learn from, {len(manifest.measured):,} to evaluate with",
        "training set": manifest.training_set[:16],
        "legs": ", ".join(f"{name} {weight:g}" for name, weight in manifest.fusion.items()),
        "budget": f"{say_duration(timedelta(seconds=budget))}, seed {manifest.seed}"
        if isinstance(budget, int | float)
        else "",
        "restricted": ", ".join(manifest.restricted),
    }
    for name, value in facts.items():
        if value:
            typer.echo(f"{name + ':':<14} {visible(value)}")
    if manifest.tried:
        typer.echo("")
        rows = [
            (
                "→" if item.tier == manifest.tier else "",
                item.tier,
                f"{item.score:.3f}" if item.seconds else "–",
                f"{-item.lost:+.3f}" if item.seconds else "–",
                f"{item.seconds:.0f} s" if item.seconds else "–",
                item.said,
            )
            for item in manifest.tried
        ]
        print_table(("", "tier", "dev nDCG@10", "general R@10", "took", "result"), rows)


def shown_json(workspace: Workspace, candidate: Candidate) -> str:
    """Write the verdict and the manifest as JSON, and how the model was forced live if it was."""
    import json

    from training.candidates.candidates import forced_of

    forced = forced_of(candidate, workspace.registry.moves())
    verdict = candidate.verdict.model_dump(mode="json") if candidate.verdict else None
    manifest = candidate.manifest.model_dump(mode="json")
    forcing = forced.model_dump(mode="json") if forced else None
    plain = {"version": candidate.version, "forced": forcing, "verdict": verdict, "manifest": manifest}
    return json.dumps(plain, indent=2, ensure_ascii=False)
