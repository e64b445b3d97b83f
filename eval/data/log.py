"""Judgments from the search log: what people did with what they were shown, as grades.

Deliberately simple: the strongest thing that anybody did with a document after a question counts, and nothing is made
of what nobody touched. Clicks are drawn to the top of a page, so a set made this way flatters the system that it was
logged on; compare systems on it only beside a set that people judged.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from eval.records import EvalQuestion, QuestionSet
from hone.errors import UsageError
from hone.log.rows import Event, LoggedSearch
from hone.log.searches import SearchLog
from hone.records import Asker
from retriever.searching.searcher import LONGEST_QUERY

# Said outright is worth most; reading on or taking a text along more than a look. A thumb down is a judgment too: zero.
GRADES: Mapping[str, float] = {"relevant": 3, "thumb_up": 3, "copy": 2, "open": 2, "click": 1, "thumb_down": 0}


@dataclass(slots=True, kw_only=True)
class _Asked:
    """The same words from people who may read the same, however often they were asked."""

    first: LoggedSearch
    searches: int = 0
    grades: dict[str, float] = field(default_factory=dict[str, float])


def read_log(log: SearchLog) -> QuestionSet:
    """Make a question of everything that was searched for and led to something; gold is by document."""
    asked: dict[tuple[str, frozenset[str]], _Asked] = {}
    of_search: dict[str, tuple[_Asked, Mapping[str, str]]] = {}
    for item in log.stream():
        if isinstance(item, LoggedSearch):
            _take_search(item, asked, of_search)
        elif item.search_id in of_search:
            _take_event(item, *of_search[item.search_id])
    questions = tuple(_question(item) for item in asked.values() if any(item.grades.values()))
    if not questions:
        raise UsageError(
            "Nobody has done anything yet with what the log shows them.",
            hint="Judgments come from clicks and ratings in the web app, or bring some: hone searches import FILE",
        )
    written = json.dumps([[item.text, sorted(item.gold.items())] for item in questions])
    return QuestionSet(
        name="log",
        questions=questions,
        origin="log",
        fingerprint=hashlib.sha256(written.encode()).hexdigest(),
        people_wrote=True,
    )


def _take_search(
    search: LoggedSearch,
    asked: dict[tuple[str, frozenset[str]], _Asked],
    of_search: dict[str, tuple[_Asked, Mapping[str, str]]],
) -> None:
    text = " ".join(search.query.split())
    if not text or len(text) > LONGEST_QUERY:
        return
    item = asked.setdefault((text.casefold(), search.groups), _Asked(first=search))
    item.searches += 1
    named = search.documents or search.shown  # an import may have logged documents, and names them alone
    shown = dict(zip(search.shown, named, strict=False)) | {name: name for name in named}
    of_search[search.search_id] = (item, shown)


def _take_event(event: Event, item: _Asked, shown: Mapping[str, str]) -> None:
    grade, document = GRADES.get(event.action), shown.get(event.object_id)
    if grade is not None and document is not None:  # what was not on the page was not judged against this question
        item.grades[document] = max(grade, item.grades.get(document, 0.0))


def _question(item: _Asked) -> EvalQuestion:
    search = item.first
    return EvalQuestion(
        id=search.search_id,
        text=" ".join(search.query.split()),
        asker=Asker(name=search.person, groups=search.groups),
        gold=item.grades,
        tags={"asked": "once" if item.searches == 1 else "again and again"},
    )
