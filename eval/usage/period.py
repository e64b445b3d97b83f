"""What people asked Hone in a time, as far as it is known by now how it went."""

from dataclasses import dataclass
from datetime import datetime

from hone.database import Database
from hone.log.interactions import SETTLED, Interaction, interactions_of
from hone.log.traces import read_traces
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
