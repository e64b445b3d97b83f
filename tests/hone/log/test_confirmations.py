"""What is confirmed is read from what people said, and goes with it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hone.database import Database
from hone.log.confirmations import Confirmation, ConfirmationLog
from hone.log.optouts import OptOuts
from hone.log.rows import Event, LoggedSearch
from hone.log.searches import SearchLog
from hone.records import ADMIN, EVERYONE

WHEN = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "log.db", "log")
    yield database
    database.close()


def search(name: str, person: str, *, admin: bool = False) -> LoggedSearch:
    groups = frozenset({EVERYONE, ADMIN} if admin else {EVERYONE})
    return LoggedSearch(
        search_id=name,
        person=person,
        query=f"about {name}",
        timestamp=WHEN,
        shown=("p1", "p2"),
        documents=("d1", "d2"),
        groups=groups,
    )


def said(action: str, on: str, person: str, about: str, **attributes: object) -> Event:
    return Event(
        action=action,
        search_id=on,
        person=person,
        object_id=about,
        attributes=attributes,
        event_id=f"{on}-{action}-{about}",
    )


def told(found: list[Confirmation]) -> set[tuple[str, str, str, str, bool, bool]]:
    return {(item.question, item.object, item.document, item.person, item.admin, item.agrees) for item in found}


def test_words_are_read_and_deeds_are_not(database: Database) -> None:
    log, confirmed = SearchLog(database), ConfirmationLog(database)
    assert (confirmed.revision(), confirmed.confirmations(), confirmed.people()) == (0, [], 0)
    events = [
        said("relevant", "s1", "ana", "p2"),
        said("thumb_up", "s2", "boss", "d7", shown=False, document="d7"),
        said("thumb_down", "s1", "ana", "p1"),
        said("click", "s1", "ana", "p1"),
        said("relevant", "s1", "bo", "p1"),  # on another person's search: only an import can say so
        said("relevant", "nowhere", "ana", "p1"),
        said("thumb_up", "s3", "", "p1"),
    ]
    log.add([search("s1", "ana"), search("s2", "boss", admin=True), search("s3", "")], events)
    assert told(confirmed.confirmations()) == {
        ("about s1", "p2", "d2", "ana", False, True),
        ("about s2", "d7", "d7", "boss", True, True),
        ("about s1", "p1", "d1", "ana", False, False),
    }
    assert confirmed.people() == 2
    assert told(confirmed.confirmations({"ana"})) == {("about s2", "d7", "d7", "boss", True, True)}


def test_every_change_is_counted_and_no_other(database: Database) -> None:
    log, confirmed, optouts = SearchLog(database), ConfirmationLog(database), OptOuts(database)
    counts = [confirmed.revision()]

    def counted() -> bool:
        counts.append(confirmed.revision())
        return counts[-1] > counts[-2]

    log.add([search("s1", "ana")], [])
    assert not counted()
    log.record_event(said("click", "s1", "ana", "p1"))
    assert not counted()
    event = said("relevant", "s1", "ana", "p1")
    log.record_event(event)
    assert counted()
    assert log.withdraw(event.event_id, "ana")
    assert counted()
    assert not log.withdraw(event.event_id, "ana")
    assert not counted()
    for change in (optouts.add, optouts.remove):
        change("ana")
        assert counted()
    confirmed.keep_grade("s1", "p1", "d1", "boss", 3)
    assert counted()
    confirmed.drop_grade("s1", "p1", "boss")
    assert counted()
    log.forget("ana")
    assert counted()


def test_a_grade_replaces_the_one_before_and_goes_with_its_search(database: Database) -> None:
    log, confirmed = SearchLog(database), ConfirmationLog(database)
    log.add([search("s1", "ana")], [])
    for grade, agrees in ((3, [True]), (0, [False]), (2, [])):
        confirmed.keep_grade("s1", "p1", "d1", "boss", grade)
        assert [item.agrees for item in confirmed.confirmations()] == agrees
    confirmed.keep_grade("s1", "p1", "d1", "boss", 3)
    (item,) = confirmed.confirmations()
    confirmed.keep_vectors("m", {item.id: b"12", "unknown": b"34"})
    assert confirmed.vectors("m", [item.id, "unknown"]) == {item.id: b"12"}
    assert confirmed.vectors("other", [item.id]) == {}
    log.forget("ana")
    assert confirmed.confirmations() == []
    assert confirmed.vectors("m", [item.id]) == {}
