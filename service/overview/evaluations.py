"""Evaluation runs in a few words and figures, and the reports they left."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.runs import REPORT, EvalRun, find_run, list_runs
from hone.errors import UsageError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One run."""

    id: str
    kind: str
    at: datetime | None
    finished: bool
    report: bool  # whether there is one to read
    figures: Mapping[str, float]  # every number of its summary, under its path: systems.0.means.nDCG@10.mean


def evaluations(home: Path) -> list[Evaluation]:
    """List the runs there are, newest first; what can't be read of one is left out."""
    return [_evaluation(run) for run in list_runs(home)]


def report_of(home: Path, id_: str) -> str:
    """Read the report of a run."""
    file = find_run(home, id_).folder / REPORT
    if not file.is_file():
        raise UsageError(
            f"Run {id_} has no report.", hint="It was interrupted. Run the same command again to finish it."
        )
    return file.read_text(encoding="utf-8")


def _evaluation(run: EvalRun) -> Evaluation:
    settings, summary = dict[str, Any](), dict[str, Any]()
    try:
        settings = run.settings()
        summary = run.summary() if run.finished else {}
    except (OSError, ValueError) as error:
        log.warning("run %s can't be read: %s", run.id, error)
    return Evaluation(
        id=run.id,
        kind=str(settings.get("kind", "")),
        at=_moment(settings.get("started")),
        finished=run.finished,
        report=(run.folder / REPORT).is_file(),
        figures=_figures(summary),
    )


def _figures(value: Any, path: str = "") -> dict[str, float]:
    """Walk through any JSON."""
    if isinstance(value, bool) or value is None:
        return {}
    if isinstance(value, int | float):
        return {path: float(value)}
    found: dict[str, float] = {}
    inside: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType]
    for key, item in inside:
        found.update(_figures(item, f"{path}.{key}" if path else str(key)))
    return found


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return None
