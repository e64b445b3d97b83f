"""Judgments from the log: what people did with what they were shown, as grades.

Deliberately simple: the strongest thing that anybody did with a document after a question counts, and nothing is made
of what nobody touched. Clicks are drawn to the top of a page, so a set made this way flatters the system that it was
logged on; compare systems on it only beside a set that people judged.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from eval.records import EvalQuestion, QuestionSet
from hone.errors import UsageError
from hone.log.interactions import Interaction, interactions_of
from hone.log.rows import GRADES
from hone.log.traces import Traces, read_traces
from hone.records import Asker
from hone.workspace import Workspace
from retriever.ranking.words import content_words
from retriever.searching.searcher import LONGEST_QUERY


@dataclass(slots=True, kw_only=True)
class _Judged:
    """The same words from people who may read the same, however often they were asked."""

    text: str
    first: Interaction
    asked: int = 0
    grades: dict[str, float] = field(default_factory=dict[str, float])


def read_log(workspace: Workspace) -> QuestionSet:
    """Make a question of everything that was asked and led to something; gold is by document."""
    traces = read_traces(workspace.log_database, workspace.optouts.people())
    judged: dict[tuple[str, frozenset[str]], _Judged] = {}
    for one in interactions_of(traces, content_words):
        text = " ".join(one.query.split())
        if not text or len(text) > LONGEST_QUERY:
            continue
        item = judged.setdefault((text.casefold(), one.groups), _Judged(text=text, first=one))
        item.asked += 1
        for document, grade in _graded(one, traces):
            item.grades[document] = max(grade, item.grades.get(document, 0.0))
    questions = tuple(_question(item) for item in judged.values() if any(item.grades.values()))
    if not questions:
        raise UsageError(
            "The log has no clicks or ratings yet.",
            hint="They come from the web app; to import some: hone searches import FILE",
        )
    written = json.dumps([[item.text, sorted(item.gold.items())] for item in questions])
    return QuestionSet(
        name="log",
        questions=questions,
        origin="log",
        fingerprint=hashlib.sha256(written.encode()).hexdigest(),
        people_wrote=True,
    )


def _graded(asked: Interaction, traces: Traces) -> Iterator[tuple[str, float]]:
    """Grade documents by what was done to them, and those that somebody says were missed."""
    for act in asked.acts:
        grade, document = GRADES.get(act.action), traces.document(act)
        if grade is not None and document and (act.shown or act.action == "relevant"):
            yield document, grade


def _question(item: _Judged) -> EvalQuestion:
    return EvalQuestion(
        id=item.first.id,
        text=item.text,
        asker=Asker(name=item.first.person, groups=item.first.groups),
        gold=item.grades,
        tags={"asked": "once" if item.asked == 1 else "again and again"},
    )
