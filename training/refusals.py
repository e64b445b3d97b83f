"""What a retraining says when nothing comes of it: too few pairs, or nothing better than what is live."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from hone.registry import Generation
from training.candidates.drafts import write_whole
from training.candidates.manifest import Tried
from training.evidence.stats import amounts_of, needs
from training.evidence.usable import Usable
from training.gate.verdict import Check, Verdict
from training.pairs.prepare import Prepared
from training.pairs.splits import SPLITS
from training.records import Split

FEWEST: dict[Split, int] = {"train": 50, "dev": 20, "test": 30}  # pairs to learn from, to choose by, to tell by
TRIED = Path("models") / "tried.json"


class RefusedAttempt(BaseModel):
    """A training that was refused before there was a candidate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decided: datetime
    read: datetime  # the log
    reasons: tuple[str, ...] = ()  # a sentence each: what was tried, and why it was not enough


def too_few(usable: Usable, prepared: Prepared) -> list[str]:
    """Say what there is too little of to learn anything, or to tell whether it was learned."""
    if all(len(prepared.splits.of(split)) >= FEWEST[split] for split in SPLITS):
        return []
    counts = ", ".join(f"{len(prepared.splits.of(split)):,} {split} (at least {FEWEST[split]})" for split in SPLITS)
    short = [need for need in needs(amounts_of(usable)) if need.lacking]
    return [f"There are too few pairs to learn from: {counts}.", *(f"{need.says}." for need in short)]


def nothing_better(before: float, tried: Sequence[Tried]) -> str:
    """Say what every tier came to beside the live model's score."""
    scores = ", ".join(f"{item.tier} {item.score:.3f}" for item in tried if item.seconds)
    left_out = [f"{item.tier}: {item.said}" for item in tried if not item.seconds and item.said]
    said = (
        f"Nothing beat the live model on the development questions ({before:.3f}): {scores}."
        if scores
        else "No tier was tried."
    )
    return " ".join((said, *left_out))


def refuse(live: Generation, reasons: Sequence[str]) -> Verdict:
    """Refuse before there is a candidate: nothing is kept."""
    return Verdict(
        version="",
        model="",
        live=live.model.id,
        live_generation=live.id,
        generation="",
        decided=datetime.now(UTC),
        decision="refused",
        reasons=tuple(reasons),
        checks=tuple(Check(name="evidence", passed=False, says=reason) for reason in reasons),
    )


def remember_refusal(home: Path, verdict: Verdict, read: datetime) -> None:
    """Note a refusal that left no candidate behind, so that the same is not tried again at once."""
    if verdict.decision == "refused" and not verdict.version:
        (home / TRIED).parent.mkdir(parents=True, exist_ok=True)
        attempt = RefusedAttempt(decided=verdict.decided, read=read, reasons=verdict.reasons)
        write_whole(home / TRIED, attempt.model_dump_json())


def last_attempt(home: Path) -> RefusedAttempt | None:
    """Read of the newest training that left no candidate; a damaged note costs one training too many."""
    try:
        return RefusedAttempt.model_validate_json((home / TRIED).read_bytes())
    except (OSError, ValidationError):
        return None
