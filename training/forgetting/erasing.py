"""What was written down beside models of a person's own words and searches, taken out when they are forgotten."""

import re
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from hone.errors import HoneError
from hone.log.rows import SEARCHES
from hone.log.traces import read_traces
from hone.workspace import Workspace
from training.candidates.candidates import list_candidates, write_verdict
from training.candidates.promotion_impact import FILE as OUTCOMES
from training.candidates.promotion_impact import read_outcomes, write_outcomes
from training.gate.verdict import Verdict
from training.pairs.questions import key_of

QUOTED = 80  # letters of a question that checks quote
INSTEAD = "'…'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a person asked, and the searches they asked it with."""

    questions: frozenset[str]
    searches: frozenset[str]


def erase(workspace: Workspace, person: str) -> None:
    """Take a person's questions out of every verdict, and their searches out of every promotion's outcomes."""
    words, home = words_of(workspace, person), workspace.home
    for candidate in list_candidates(home).found:
        if candidate.verdict is not None and (left := without(candidate.verdict, words.questions)) != candidate.verdict:
            write_verdict(home, left)
        try:
            outcomes = read_outcomes(home, candidate.version)
        except HoneError:  # nobody can tell whose it is
            (candidate.folder / OUTCOMES).unlink()
            continue
        kept = [item for item in outcomes if item.search_id not in words.searches]
        if len(kept) < len(outcomes):
            write_outcomes(home, candidate.version, kept)


def words_of(workspace: Workspace, person: str) -> Words:
    """Find all that a person asked, in any wording, as long as the log has it."""
    query = sa.select(SEARCHES.c.query_id, SEARCHES.c.user_query).where(SEARCHES.c.client_id == person)
    with workspace.log_database.read() as connection:
        searches = {row.query_id: row.user_query for row in connection.execute(query)}
    traces = read_traces(workspace.log_database)
    asks = [asked for asked in traces.asks.values() if asked.person == person]
    texts = [
        *searches.values(),
        *(text for asked in asks for text in (asked.question, asked.typed, *(part.text for part in asked.parts))),
        *(act.text for act in traces.acts if act.person == person),
    ]
    led_to = {part.search for asked in asks for part in asked.parts}
    return Words(
        questions=frozenset(" ".join(text.split()) for text in texts) - {""}, searches=frozenset(searches) | led_to
    )


def without(verdict: Verdict, questions: Collection[str]) -> Verdict:
    """Leave some questions out of a verdict: as regressions, and where a check quotes them; figures stay."""
    if not questions:
        return verdict
    keys = {key_of(text) for text in questions}
    forms = {repr(form[:QUOTED]) for text in questions for form in (text, key_of(text))}
    quoted = re.compile("|".join(map(re.escape, sorted(forms))), re.IGNORECASE)
    return verdict.model_copy(
        update={
            "reasons": tuple(quoted.sub(INSTEAD, reason) for reason in verdict.reasons),
            "checks": tuple(
                check.model_copy(update={"says": quoted.sub(INSTEAD, check.says)}) for check in verdict.checks
            ),
            "regressions": tuple(item for item in verdict.regressions if key_of(item.question) not in keys),
        }
    )
