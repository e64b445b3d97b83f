"""Which questions went wrong, and why."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from agents.run import STOPPED
from hone.log.asks import AskLog, LoggedAsk
from hone.log.rows import Event, LoggedSearch
from hone.workspace import Workspace
from service.overview.gaps import Miss, misses_of, read_recent
from tests.conftest import MakeWorkspace

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ask(name: str, *, at: datetime, verdict: str = "sufficient", searches: tuple[str, ...] = ()) -> LoggedAsk:
    return LoggedAsk(
        ask_id=name,
        thread="t",
        client_id="ana",
        question=f"Question {name}?",
        timestamp=at,
        text="",
        verdict=verdict,
        model="m",
        generation="g",
        llm="",
        prompts="",
        probability=0.5,
        plan={},
        searches=tuple({"id": "q1", "search_id": search} for search in searches),
        evidence=(),
        claims=(),
        signals={},
        degraded=(),
        took_ms={"total": 100.0},
    )


def searched(name: str, *, at: datetime, shown: tuple[str, ...] = ("p1",), person: str = "bo") -> LoggedSearch:
    return LoggedSearch(search_id=name, person=person, query=f"search {name}", timestamp=at, shown=shown)


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    return make_workspace()


def misses(workspace: Workspace) -> dict[str, frozenset[Miss]]:
    found = read_recent(workspace.log_database, NOW - timedelta(days=28), NOW)
    return {asked.id: misses_of(asked, NOW) for asked in found}


def test_each_way_of_going_wrong_is_told_apart(workspace: Workspace) -> None:
    log, asks, hour = workspace.log, AskLog(workspace.log_database), timedelta(hours=1)
    for number, verdict in enumerate(("sufficient", "insufficient", "partial", "conflicting", "out_of_scope")):
        asks.record(ask(verdict, at=NOW - number * hour, verdict=verdict, searches=(f"of-{verdict}",)))
        log.add([searched(f"of-{verdict}", at=NOW - number * hour, person="ana")], [])
    asks.record(ask("thumbed", at=NOW - 6 * hour))
    log.add(
        [
            searched("nothing", at=NOW - 7 * hour, shown=()),
            searched("opened", at=NOW - 8 * hour),
            searched("left", at=NOW - 9 * hour),
            searched("just-now", at=NOW - timedelta(minutes=2)),
            searched("too-old", at=NOW - timedelta(days=40)),
        ],
        [
            Event(action="thumb_down", search_id="x", attributes={"ask_id": "thumbed"}, timestamp=NOW - 6 * hour),
            Event(action="open", search_id="opened", timestamp=NOW - 8 * hour),
        ],
    )
    assert misses(workspace) == {
        "sufficient": frozenset(),
        "insufficient": {"no_answer"},
        "partial": {"partial"},
        "conflicting": {"conflicting"},
        "out_of_scope": frozenset(),
        "thumbed": {"thumb_down"},
        "nothing": {"nothing_found"},
        "opened": frozenset(),
        "left": {"left"},
        "just-now": frozenset(),
    }


def test_an_answer_that_was_stopped_is_no_gap(workspace: Workspace) -> None:
    stopped = replace(ask("a", at=NOW, verdict="insufficient"), degraded=(asdict(STOPPED),))
    AskLog(workspace.log_database).record(stopped)
    assert misses(workspace) == {"a": frozenset()}


def test_a_thumb_on_a_hit_of_an_answer_counts_for_the_answer(workspace: Workspace) -> None:
    AskLog(workspace.log_database).record(ask("a", at=NOW, searches=("s",)))
    down = Event(action="thumb_down", search_id="s", object_id="p1", timestamp=NOW)
    workspace.log.add([searched("s", at=NOW)], [down])
    assert misses(workspace) == {"a": {"thumb_down"}}


def test_what_was_reworded_was_not_merely_left(workspace: Workspace) -> None:
    first = LoggedSearch(
        search_id="1", person="bo", query="holiday rules", timestamp=NOW - timedelta(hours=1), shown=("p",)
    )
    second = LoggedSearch(
        search_id="2",
        person="bo",
        query="holiday rules 2026",
        timestamp=first.timestamp + timedelta(minutes=1),
        shown=("p",),
    )
    workspace.log.add([first, second], [])
    assert misses(workspace) == {"1": {"reworded"}, "2": {"left"}}
