from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hone.database import Database
from hone.errors import HoneError, UsageError
from hone.log.asks import AskLog, LoggedAsk

ASK = LoggedAsk(
    ask_id="a1",
    thread="t1",
    client_id="ana",
    question="wie oft wird das Paßwort geändert? 🗝",
    timestamp=datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC),
    text="Every 45 days. [1]",
    verdict="sufficient",
    model="minilm@53aa5117",
    generation="g7",
    llm="scripted",
    prompts="plan-1",
    probability=0.8125,
    plan={"intent": "question", "questions": [{"id": "q1", "text": "password"}]},
    searches=({"id": "q1", "search_id": "s1"}, {"id": "q2", "error": "no result within 5.0 s"}),
    evidence=("p1", "p2"),
    claims=({"text": "Every 45 days.", "support": "quoted"},),
    signals={"dense": 2.5},
    degraded=({"stage": "plan", "what": "timeout", "instead": "rules"},),
    took_ms={"total": 12.5},
    body="Every 45 days.",
    conflicts=({"older": 1, "newer": 2, "about": "the Paßwort"},),
    missing=("who changes it",),
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "log.db", "log")
    yield database
    database.close()


def test_an_ask_comes_back_as_it_was(database: Database) -> None:
    log = AskLog(database)
    log.record(ASK)
    assert log.asks() == [ASK]


def test_asks_are_listed_newest_first_and_by_person(database: Database) -> None:
    log = AskLog(database)
    for place, person in enumerate(("ana", "bo", "ana", "")):
        moment = ASK.timestamp + timedelta(hours=place)
        log.record(replace(ASK, ask_id=f"a{place}", client_id=person, timestamp=moment))
    assert [ask.ask_id for ask in log.asks()] == ["a3", "a2", "a1", "a0"]
    assert [ask.ask_id for ask in log.asks(limit=2)] == ["a3", "a2"]
    assert [ask.ask_id for ask in log.asks(person="ana")] == ["a2", "a0"]
    assert [ask.ask_id for ask in log.asks(person="")] == ["a3"]


def test_one_moment_without_microseconds_sorts_like_any_other(database: Database) -> None:
    log = AskLog(database)
    whole = ASK.timestamp.replace(microsecond=0)
    for name, moment in (("early", whole), ("late", whole + timedelta(milliseconds=1))):
        log.record(replace(ASK, ask_id=name, timestamp=moment))
    assert [ask.ask_id for ask in log.asks()] == ["late", "early"]


def test_a_person_is_forgotten_and_nobody_else(database: Database) -> None:
    log = AskLog(database)
    log.record(ASK)
    log.record(replace(ASK, ask_id="a2", client_id="bo"))
    assert log.forget("ana") == 1
    assert [ask.client_id for ask in log.asks()] == ["bo"]


def test_one_ask_is_never_written_twice(database: Database) -> None:
    log = AskLog(database)
    log.record(ASK)
    with pytest.raises(Exception, match="UNIQUE"):
        log.record(ASK)


def test_a_log_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "log.db"
    file.write_bytes(b"not a database, by any measure" * 100)
    with pytest.raises(HoneError, match=r"log\.db"):
        AskLog(Database(file, "log")).record(ASK)


def test_a_conversation_is_given_in_the_order_it_was_asked(database: Database) -> None:
    log = AskLog(database)
    for place, (person, thread) in enumerate(
        (("ana", "t1"), ("ana", "t2"), ("ana", "t1"), ("bo", "t1"), ("ana", "t1"))
    ):
        moment = ASK.timestamp + timedelta(minutes=place)
        log.record(replace(ASK, ask_id=f"a{place}", client_id=person, thread=thread, timestamp=moment))
    assert [ask.ask_id for ask in log.asks(person="ana", thread="t1")] == ["a0", "a2", "a4"]
    assert [ask.ask_id for ask in log.asks(person="ana", thread="t1", limit=2)] == ["a2", "a4"]
    assert log.asks(person="bo", thread="t2") == []


def test_one_ask_is_found_by_its_id_and_one_that_is_not_there_is_said(database: Database) -> None:
    log = AskLog(database)
    log.record(ASK)
    assert log.ask("a1") == ASK
    assert log.ask("a1").search_ids == ("s1",)
    with pytest.raises(UsageError, match="a2"):
        log.ask("a2")


def test_moments_and_sets_are_written_as_anybody_reads_them(database: Database) -> None:
    log = AskLog(database)
    plan = {"filters": {"sources": frozenset({"wiki", "hr"}), "since": ASK.timestamp}}
    log.record(replace(ASK, plan=plan))
    assert log.ask("a1").plan == {"filters": {"sources": ["hr", "wiki"], "since": ASK.timestamp.isoformat()}}
