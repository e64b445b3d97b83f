"""What went wrong with what people asked, as far as they or the answer itself let it be known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hone.database import Database
from hone.log.interactions import SETTLED, Interaction, interactions_of
from hone.log.traces import read_traces
from retriever.ranking.words import content_words

Miss = Literal["no_answer", "partial", "conflicting", "nothing_found", "thumb_down", "reworded", "left"]

NEWEST = 10_000  # questions of each kind that are looked at; with 100,000 searches in the log that takes a second
VERDICTS: Mapping[str, Miss] = {"insufficient": "no_answer", "partial": "partial", "conflicting": "conflicting"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A question that went wrong, and how."""

    person: str
    question: str
    at: datetime
    misses: frozenset[Miss]


def read_recent(database: Database, since: datetime, now: datetime) -> list[Interaction]:
    """Read what was asked since a moment, oldest first."""
    return interactions_of(read_traces(database, since=since, until=now, newest=NEWEST), content_words)


def misses_of(asked: Interaction, now: datetime) -> frozenset[Miss]:
    """Name what is known to have gone wrong with a question; nothing, if nothing is."""
    found: tuple[tuple[Miss, bool], ...] = (
        ("nothing_found", asked.found_nothing and not asked.is_ask),  # an ask has a verdict
        ("thumb_down", asked.refused),
        ("reworded", asked.reformulated),
        ("left", asked.left and now - asked.at > SETTLED),
    )
    misses = set[Miss](miss for miss, happened in found if happened)
    if asked.verdict in VERDICTS and not asked.stopped:
        misses.add(VERDICTS[asked.verdict])
    return frozenset(misses)
