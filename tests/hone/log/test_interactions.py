"""What became of questions, each by a log of a line or two."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hone.database import Database
from hone.log.asks import STOPPED, AskLog
from hone.log.interactions import USES, Interaction, interactions_of, later_wordings
from hone.log.rows import ACTIONS, GRADES, Event, LoggedSearch
from hone.log.searches import SearchLog
from hone.log.traces import Traces, read_traces
from retriever.ranking.words import content_words
from tests.hone.log.test_asks import ASK

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "log.db", "log")
    yield database
    database.close()


def searched(name: str, person: str = "ana", query: str = "vpn token", seconds: float = 0, **more: Any) -> LoggedSearch:
    fields: dict[str, Any] = {"shown": ("p1", "p2"), "documents": ("d1", "d2"), "groups": frozenset({"it"}), **more}
    at = NOW + seconds * SECOND
    return LoggedSearch(search_id=name, person=person, query=query, timestamp=at, **fields)


def did(action: str, search: str = "s", object_id: str = "p1", seconds: float = 9, **more: Any) -> Event:
    fields: dict[str, Any] = {"person": "ana", **more}
    at = NOW + seconds * SECOND
    return Event(action=action, search_id=search, object_id=object_id, timestamp=at, **fields)


def logged(database: Database, made: list[LoggedSearch], events: list[Event], **asked: Any) -> Traces:
    SearchLog(database).add(made, events)
    if asked:
        fields: dict[str, Any] = {"degraded": (), "evidence": ("p1",), "timestamp": NOW + 4 * SECOND, **asked}
        AskLog(database).record(replace(ASK, **fields))
    return read_traces(database)


def read(database: Database, made: list[LoggedSearch], events: list[Event], **asked: Any) -> list[Interaction]:
    return interactions_of(logged(database, made, events, **asked), content_words)


def test_every_action_has_one_grade_but_asking_in_other_words() -> None:
    assert ACTIONS - GRADES.keys() == {"reformulate"}
    assert set(GRADES.values()) == {0, 1, 2, 3}
    assert ACTIONS - {"reformulate", "thumb_down"} == USES


@pytest.mark.parametrize(
    ("events", "used_after", "refused", "left", "good"),
    [
        ([], None, False, True, False),
        ([did("click", seconds=8), did("open", seconds=20)], 8, False, False, True),
        ([did("open", seconds=20), did("click", seconds=8)], 8, False, False, True),
        ([did("open"), did("thumb_down")], 9, True, False, False),
        ([did("thumb_down")], None, True, False, False),
        ([did("open", seconds=-3)], 0, False, False, True),  # the clocks of two machines differ
        ([did("open", person="")], 9, False, False, True),  # many systems name nobody in events
        ([did("open", person="bo")], None, False, True, False),
        ([did("hovered", imported=True)], None, False, True, False),
        ([did("open", object_id="d2")], 9, False, False, True),  # a document that was shown
        ([did("relevant", object_id="elsewhere")], None, False, False, False),  # a report: of use was something else
    ],
)
def test_what_was_done_after_a_search_says_how_it_went(
    database: Database, events: list[Event], used_after: float | None, refused: bool, left: bool, good: bool
) -> None:
    (found,) = read(database, [searched("s")], events)
    assert (found.used_after, found.refused, found.left, found.good) == (used_after, refused, left, good)
    assert not found.found_nothing


def test_what_names_something_that_was_not_shown_is_kept_as_a_report(database: Database) -> None:
    events = [did("relevant", object_id="elsewhere"), did("open"), did("open", search="nowhere")]
    events.append(did("relevant", object_id="p9", attributes={"shown": False, "document": "d9"}))
    events.append(did("open", object_id="p2", attributes={"document": "d9"}))  # whatever an import says: it was shown
    traces = logged(database, [searched("s")], events)
    found = {(act.search, act.object): (act.shown, traces.document(act)) for act in traces.acts}
    assert found == {
        ("s", "elsewhere"): (False, ""),
        ("s", "p1"): (True, "d1"),
        ("s", "p2"): (True, "d2"),
        ("s", "p9"): (False, "d9"),
        ("nowhere", "p1"): (False, ""),
    }


def test_an_empty_page_found_nothing_and_was_not_left(database: Database) -> None:
    (found,) = read(database, [searched("s", shown=(), documents=())], [])
    assert (found.found_nothing, found.left) == (True, False)


@pytest.mark.parametrize(
    ("asked", "found_nothing", "left"),
    [
        ({"verdict": "sufficient"}, False, False),  # a whole answer may be all that anybody wanted
        ({"verdict": "partial"}, False, True),
        ({"verdict": "insufficient"}, True, False),
        ({"verdict": "partial", "evidence": ()}, True, False),
        ({"verdict": "partial", "degraded": (STOPPED,)}, False, False),
        ({"verdict": "insufficient", "degraded": (STOPPED,)}, False, False),
        ({"verdict": "greeting", "evidence": (), "searches": ()}, False, False),
    ],
)
def test_an_answer_is_more_than_what_it_found(
    database: Database, asked: dict[str, Any], found_nothing: bool, left: bool
) -> None:
    found = next(one for one in read(database, [searched("s1", seconds=1)], [], **asked) if one.is_ask)
    assert (found.found_nothing, found.left) == (found_nothing, left)


def test_an_ask_owns_its_searches_what_was_done_with_them_and_the_time_it_was_asked(database: Database) -> None:
    of_ask = did("thumb_up", search="s1", object_id="", attributes={"ask_id": "a1"}, seconds=30)
    (found,) = read(database, [searched("s1", seconds=1)], [did("open", search="s1"), of_ask], verdict="partial")
    assert (found.id, found.at, found.groups) == ("a1", NOW + SECOND, frozenset({"it"}))
    assert (found.actions, found.used_after) == ({"open", "thumb_up"}, 8)


def test_only_what_people_typed_is_a_question_of_theirs(database: Database) -> None:
    searches = [searched("s"), searched("made", origin="hop", ask_id="forgotten since"), searched("s1", seconds=1)]
    assert [found.id for found in read(database, searches, [], verdict="partial")] == ["s", "a1"]


def test_a_question_put_in_other_words_was_not_left(database: Database) -> None:
    wordings = ("reset vpn password", "change vpn token password", "canteen hours")
    searches = [searched(f"s{n}", query=text, seconds=120 * n) for n, text in enumerate(wordings)]
    first, second, third = read(database, searches, [])
    assert (first.reformulated, first.left) == (True, False)
    assert (second.reformulated, second.left) == (False, True)
    assert second.follow_up is not None
    assert second.follow_up.relation == "unrelated"
    assert third.follow_up is None
    assert [one.id for one in later_wordings(first, {one.id: one for one in (first, second, third)})] == ["s1"]


def test_people_are_not_mixed_up_and_nobody_in_particular_is_many(database: Database) -> None:
    searches = [
        searched("s0", "bo", "reset vpn password"),
        searched("s1", "ana", "change vpn password", 60),
        searched("s2", "", "reset vpn password"),
        searched("s3", "", "change vpn password", 60),
    ]
    assert not any(found.reformulated or found.follow_up for found in read(database, searches, []))


def test_who_says_so_reformulated(database: Database) -> None:
    (found,) = read(database, [searched("s")], [did("reformulate", object_id="")])
    assert (found.reformulated, found.good, found.left) == (True, False, False)


def test_of_who_opted_out_nothing_is_read(database: Database) -> None:
    logged(
        database,
        [searched("s"), searched("s1", seconds=1), searched("other", "bo")],
        [did("open"), did("open", search="other"), did("open", search="s", person="")],
        client_id="ana",
    )
    traces = read_traces(database, {"ana"})
    assert (set(traces.searches), traces.asks, traces.acts, traces.unread) == ({"other"}, {}, (), 3)
    assert [(one.reason, one.count) for one in traces.dropped] == [("the person opted out", 3)]


def test_a_time_and_the_newest_of_it_are_read(database: Database) -> None:
    searches = [searched(f"s{n}", query=f"question {n}", seconds=n) for n in range(6)]
    logged(database, searches, [did("open", search="s4"), did("open", search="s1", seconds=-99)])
    later = read_traces(database, since=NOW + 2 * SECOND, until=NOW + 4 * SECOND, newest=2)
    assert list(later.searches) == ["s3", "s4"]
    assert later.acts == ()  # it was done after that time


HOSTILE: list[dict[str, Any]] = [
    {"ask_id": {"a": 1}, "reason": ["x"]},
    {"hone": {"shuffle": {"first": 9, "swapped": "yes"}}, "propensity": [0.5, "x"]},
    {"object": {"object_id": {}}, "ask_id": None},
]


@pytest.mark.parametrize("attributes", HOSTILE)
def test_whatever_an_import_wrote_can_be_read(database: Database, attributes: dict[str, Any]) -> None:
    search = searched(
        "s", imported=True, attributes=attributes, shown=("d1", "d1", ""), documents=("d1",), origin="part"
    )
    plain = replace(search, search_id="t", origin="typed")
    events = [did(action, search="t", attributes=attributes, ordinal=-(2**31)) for action in sorted(ACTIONS)]
    (found,) = read(database, [search, plain], events)
    assert (found.id, found.actions) == ("t", ACTIONS)
