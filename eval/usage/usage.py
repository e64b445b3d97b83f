"""Business measures from the log: how people fared, week by week, and what changed meanwhile."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from eval.reports.writing import finish
from eval.runs import EvalRun, begin
from eval.usage.report import usage_report
from eval.usage.summary import Usage, by_group, by_week, changes_of, total
from hone.database import Database
from hone.errors import UsageError
from hone.log.interactions import SETTLED, Interaction, interactions_of
from hone.log.traces import read_traces
from hone.workspace import Workspace
from retriever.ranking.words import content_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """All that was asked in a time, oldest first."""

    questions: tuple[Interaction, ...]
    fresh: int  # too young to say how they went
    imported: int  # searches of another system, left out


def read_period(database: Database, since: datetime, until: datetime) -> Period:
    """Read what was asked from one moment to another, the latter being now."""
    traces = read_traces(database, since=since, until=until)
    imported = {search.id for search in traces.searches.values() if search.imported}
    asked = [one for one in interactions_of(traces, content_words) if one.id not in imported and one.at >= since]
    settled = tuple(one for one in asked if until - one.at >= SETTLED)
    return Period(questions=settled, fresh=len(asked) - len(settled), imported=len(imported))


KIND = "usage"


def usage_of(workspace: Workspace, weeks: int, now: datetime | None = None) -> Usage:
    """Measure the last weeks, the present one with them; a week begins on Monday, in UTC."""
    now = now or datetime.now(UTC)
    monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
    since = monday - timedelta(weeks=weeks - 1)
    period = read_period(workspace.log_database, since, now)
    if not period.questions:
        raise UsageError(
            f"Nobody asked anything between {since:%Y-%m-%d} and ten minutes ago.",
            hint="Go further back with --weeks, or see what the log has: hone searches stats",
        )
    return Usage(
        since=since,
        until=now,
        all=total(period.questions),
        weeks=tuple(by_week(period.questions, since, weeks)),
        groups=tuple(by_group(period.questions)),
        changes=tuple(changes_of(workspace.registry.moves(), period.questions, since)),
        fresh=period.fresh,
        imported=period.imported,
    )


def keep_run(workspace: Workspace, usage: Usage, weeks: int) -> EvalRun:
    """Keep the measures under `runs/`; no question and no name of a person is in them."""
    settings: Mapping[str, object] = {
        "questions": "log",
        "weeks": weeks,
        "since": usage.since,
        "until": usage.until.isoformat(),
    }
    with begin(workspace.home, KIND, settings) as run:
        finish(run, {"headline": f"good {usage.all.good}", **asdict(usage)}, usage_report(usage))
    return run
