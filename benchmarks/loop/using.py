"""A round of use: everybody asks the deployed search, and all of it goes into the log as a search's own record does."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from benchmarks.loop.acting import MOST_WORDINGS, Deeds, act, search_id
from benchmarks.loop.asking import Turn, deal
from benchmarks.loop.attacking import Attack, choose, push
from benchmarks.loop.habits import Habits
from benchmarks.loop.known import Wanted
from hone.log.rows import Event, LoggedSearch, logged
from hone.progress import Progress
from hone.records import Asker, SearchResult
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.searching.searcher import Question, Searcher

FILE = "loop.json"
AT_ONCE = 512  # wordings that are searched for and logged together


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a round of use came to."""

    searches: int
    people: int
    acted: int  # searches with any act
    right: int  # clicks on what was wanted
    wrong: int
    reworded: int
    said: int  # “this is the right document”


def use(workspace: Workspace, asked: Sequence[Wanted], habits: Habits, start: datetime, progress: Progress) -> Used:
    """Let everybody ask for some weeks, on what is live now."""
    return _run(workspace, deal(asked, habits, start), habits, progress)


def assault(
    workspace: Workspace, asked: Sequence[Wanted], habits: Habits, start: datetime, progress: Progress
) -> Attack:
    """Let attackers push one document, in the weeks in which they ask as everybody does."""
    searcher = open_searcher(workspace)
    try:
        progress.stage("attackers choose", None)
        attack = choose(searcher, asked, habits)
    finally:
        searcher.close()
    _run(workspace, list(push(attack, habits, start)), habits, progress)
    return attack


def _run(workspace: Workspace, turns: Sequence[Turn], habits: Habits, progress: Progress) -> Used:
    people, counts = {turn.person for turn in turns}, Counter[str]()
    searcher = open_searcher(workspace)
    try:
        for wording in range(MOST_WORDINGS + 1):
            progress.stage(f"people ask ({wording + 1} of {MOST_WORDINGS + 1})", len(turns))
            turns = list(_ask(_Office(workspace=workspace, searcher=searcher, habits=habits), turns, progress, counts))
    finally:
        searcher.close()
    names = ("searches", "acted", "right", "wrong", "reworded", "said")
    return Used(**{name: counts[name] for name in names}, people=len(people))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Office:
    workspace: Workspace
    searcher: Searcher
    habits: Habits


def _ask(office: _Office, turns: Sequence[Turn], progress: Progress, counts: Counter[str]) -> Iterator[Turn]:
    """Search for all wordings, once each, since everybody may read the same; give what is asked again."""
    wanted: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        wanted[turn.text].append(turn)
    texts = sorted(wanted)
    for first in range(0, len(texts), AT_ONCE):
        part = texts[first : first + AT_ONCE]
        searches, events = list[LoggedSearch](), list[Event]()
        for text, page in zip(part, office.searcher.search_all([Question(text=text) for text in part]), strict=True):
            for turn in wanted[text]:
                deeds = act(turn, page.hits, office.habits)
                searches.append(_record(turn, page, office.habits))
                events += deeds.events
                _count(deeds, counts)
                if deeds.again is not None:
                    yield deeds.again
        office.workspace.log.add(searches, events)
        progress.advance(len(searches))


def _record(turn: Turn, page: SearchResult, habits: Habits) -> LoggedSearch:
    own = replace(page, search_id=search_id(turn, habits.seed), asker=Asker(name=turn.person))
    return replace(logged(own, "hone"), timestamp=turn.at)


def _count(deeds: Deeds, counts: Counter[str]) -> None:
    counts["searches"] += 1
    counts["acted"] += bool(deeds.events)
    counts["right"] += deeds.right
    counts["wrong"] += deeds.wrong
    counts["reworded"] += deeds.again is not None
    counts["said"] += sum(event.action == "relevant" for event in deeds.events)


def remember(home: Path, habits: Habits, used: Used) -> None:
    """Write down what a home's log was made by, so that it is found again."""
    (home / FILE).write_text(json.dumps({"habits": asdict(habits), "used": asdict(used)}, indent=1), encoding="utf-8")


def recall(home: Path, habits: Habits) -> Used | None:
    """Say what use came to in a home, if the same people made its log."""
    if not (home / FILE).is_file():
        return None
    known = json.loads((home / FILE).read_text(encoding="utf-8"))
    return Used(**known["used"]) if known["habits"] == asdict(habits) else None
