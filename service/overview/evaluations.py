"""Evaluation runs as `runs/<id>/` keeps them: a summary in figures, and a report to read."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hone.errors import UsageError

log = logging.getLogger(__name__)

SUMMARY, REPORT = "summary.json", "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One run."""

    id: str
    at: datetime
    facts: Mapping[str, str]  # what the summary says of itself in words
    figures: Mapping[str, float]  # every number in it, under its path: measures.nDCG@10.mean
    report: bool  # whether there is one to read


def evaluations(home: Path) -> list[Evaluation]:
    """List the runs that came to their end, newest first."""
    found = [_evaluation(file) for file in (home / "runs").glob(f"*/{SUMMARY}")]
    return sorted((item for item in found if item is not None), key=lambda item: item.at, reverse=True)


def report_of(home: Path, id_: str) -> str:
    """Read the report of a run."""
    if id_ not in {item.id for item in evaluations(home) if item.report}:
        raise UsageError(f"There is no report of a run {id_!r}.", hint="Runs are made by: hone evaluate")
    return (home / "runs" / id_ / REPORT).read_text(encoding="utf-8")


def _evaluation(file: Path) -> Evaluation | None:
    try:
        summary = json.loads(file.read_bytes())
        at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (OSError, ValueError) as error:
        log.warning("%s can't be read: %s", file, error)
        return None
    leaves = _leaves(summary)
    return Evaluation(
        id=file.parent.name,
        at=at,
        facts={name: value for name, value in leaves.items() if isinstance(value, str)},
        figures={name: value for name, value in leaves.items() if isinstance(value, float)},
        report=(file.parent / REPORT).is_file(),
    )


def _leaves(value: Any, path: str = "") -> dict[str, str | float]:
    if isinstance(value, dict):
        found: dict[str, str | float] = {}
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]  # any JSON
            found.update(_leaves(item, f"{path}.{key}" if path else str(key)))  # pyright: ignore[reportUnknownArgumentType]
        return found
    if isinstance(value, bool) or value is None or isinstance(value, list):
        return {}
    return {path: float(value)} if isinstance(value, int | float) else {path: str(value)}
