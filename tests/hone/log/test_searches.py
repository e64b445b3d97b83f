import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hone.database import Database
from hone.errors import HoneError, UsageError
from hone.log.rows import EVENTS, SEARCHES, Event, LoggedSearch, now
from hone.log.searches import ForgottenCounts, SearchLog
from hone.records import Asker, Filters, Hit, Purpose, SearchResult

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "log.db", "log")
    yield database
    database.close()


@pytest.fixture
def log(database: Database) -> SearchLog:
    return SearchLog(database)


def hit(rank: int) -> Hit:
    return Hit(
        rank=rank,
        document=f"d{rank}.md",
        passage=f"p{rank}",
        title="",
        heading=(),
        text="never logged",
        start=0,
        end=1,
        page=None,
        source="wiki",
        path="",
        kind="md",
        url="",
        modified=LONG_AGO,
        score=1.0,
        channels={},
    )


def result(search_id: str, person: str = "ana", query: str = "how do I reset the VPN?") -> SearchResult:
    return SearchResult(
        search_id=search_id,
        query=query,
        asker=Asker(name=person, groups=frozenset({"it"})),
        filters=Filters(kinds=frozenset({"pdf", "md"}), path="ops", since=LONG_AGO),
        model="minilm@53aa5117",
        generation="g7",
        took_ms={"encode": 4.00049, "total": 9},
        hits=(hit(1), hit(2)),
        stages={
            "dense": (("p2", 0.12345678), ("p1", 0.1)),
            "bm25": (("p1", 7.0),),
            "fused": (("p1", 1.0), ("p2", 0.5)),
        },
        notices=("The live index is damaged: searched the one before.",),
    )


def imported(search_id: str, person: str = "bo", *shown: str) -> LoggedSearch:
    return LoggedSearch(
        search_id=search_id, person=person, query="old", timestamp=LONG_AGO, shown=shown, imported=True, application="x"
    )


def test_a_search_is_logged_with_every_stage_and_without_the_text_of_its_hits(log: SearchLog, database: Database):
    log.record(result("s1"))
    trail = log.search("s1")
    assert trail.search == LoggedSearch(
        search_id="s1",
        person="ana",
        query="how do I reset the VPN?",
        timestamp=trail.search.timestamp,
        shown=("p1", "p2"),
        application="hone",
        model="minilm@53aa5117",
        generation="g7",
        documents=("d1.md", "d2.md"),
        groups=frozenset({"it", "everyone"}),
        filters=Filters(kinds=frozenset({"pdf", "md"}), path="ops", since=LONG_AGO),
        took_ms={"encode": 4.0, "total": 9.0},
        notices=("The live index is damaged: searched the one before.",),
        stages={"dense": (("p2", 0.123457), ("p1", 0.1)), "bm25": (("p1", 7.0),), "fused": (("p1", 1.0), ("p2", 0.5))},
    )
    assert abs(trail.search.timestamp - datetime.now(UTC)) < timedelta(minutes=1)
    with database.read() as connection:
        row = connection.execute(sa.select(SEARCHES)).mappings().one()
    assert row["stages"] == '{"dense":[["p2",0.123457],["p1",0.1]],"bm25":[["p1",7.0]],"fused":[["p1",1.0],["p2",0.5]]}'
    assert row["timestamp"].endswith("Z")
    assert len(row["timestamp"]) == len("2026-11-20T10:00:00.000Z")
    assert "never logged" not in str(dict(row))


def test_tables_have_the_columns_that_the_migrations_make(database: Database):
    with database.read() as connection:
        made = sa.inspect(connection)
        for table in (SEARCHES, EVENTS):
            assert {column["name"] for column in made.get_columns(table.name)} == set(table.c.keys())


def test_searches_come_newest_first_and_can_be_narrowed(log: SearchLog):
    for day, (person, query) in enumerate(
        [("ana", "100% of pay"), ("bo", "1000 ways"), ("", "Holiday PAY"), ("ana", "vpn")]
    ):
        search = imported(f"s{day}", person)
        log.add([replace(search, query=query, timestamp=LONG_AGO + timedelta(days=day))], [])

    def found(**narrowed: object) -> list[str]:
        return [search.search_id for search in log.searches(**narrowed)]  # pyright: ignore[reportArgumentType]  # spread

    assert found() == ["s3", "s2", "s1", "s0"]
    assert found(limit=2) == ["s3", "s2"]
    assert found(person="ana") == ["s3", "s0"]
    assert found(person="") == ["s2"]
    assert found(since=LONG_AGO + timedelta(days=2)) == ["s3", "s2"]
    assert found(text="pay") == ["s2", "s0"]
    assert found(text="100%") == ["s0"]


def test_what_the_assistant_searched_for_is_listed_only_where_asked_for(log: SearchLog):
    log.record(result("typed"))
    log.record(result("part"), purpose=Purpose(origin="part", ask_id="a1"))
    log.record(result("hop"), purpose=Purpose(origin="hop", ask_id="a1"))
    assert [search.search_id for search in log.searches()] == ["typed"]
    assert {search.search_id for search in log.searches(origin=None)} == {"typed", "part", "hop"}
    assert [(found.search_id, found.ask_id) for found in log.searches(origin="hop")] == [("hop", "a1")]
    counts = log.counts()
    assert (counts.searches, counts.assistant, log.count_typed()) == (3, 2, 1)
    assert log.count_typed(now() + timedelta(minutes=1)) == 0


def test_a_search_comes_with_what_followed_in_order(log: SearchLog):
    log.record(result("s1"))
    later = Event(action="thumb_up", search_id="s1", person="ana", timestamp=now() + timedelta(seconds=5))
    click = Event(action="click", search_id="s1", person="ana", object_id="p2", ordinal=2, attributes={"via": "title"})
    for event in (later, click, Event(action="click", search_id="another")):
        log.record_event(event)
    assert log.search("s1").events == (click, later)


def test_an_event_of_another_name_and_an_unknown_search_are_refused(log: SearchLog):
    with pytest.raises(UsageError, match=r"'purchase'[^\0]*thumb_up"):
        log.record_event(Event(action="purchase", search_id="s1"))
    with pytest.raises(UsageError, match="no search 'nowhere'"):
        log.search("nowhere")


def test_counts(log: SearchLog):
    for person, name in (("ana", "s1"), ("ana", "s2"), ("", "s3")):
        log.record(result(name, person))
    log.record_event(Event(action="click", search_id="s1"))
    actions = ("purchase", "impression", "click")
    log.add([imported("s4")], [Event(action=action, search_id="s4", imported=True) for action in actions])
    counts = log.counts()
    assert (counts.searches, counts.imported, counts.people) == (4, 1, 2)
    assert counts.events == {"click": 2, "other": 2}


def test_adding_again_adds_nothing(log: SearchLog):
    event = Event(action="click", search_id="s1", event_id="e1")
    first = log.add([imported("s1"), imported("s1")], [event, event])
    again = log.add([imported("s1")], [event])
    assert (len(first.searches), len(first.events)) == (1, 1)
    assert (again.searches, again.fuller, again.events) == ((), (), ())
    assert log.counts().searches == 1


@pytest.mark.parametrize("batches", [[("", "d1", "d2")], [("",), ("d1", "d2")], [("d1",), ("",), ("d2",)]])
def test_of_imported_searches_with_one_id_the_first_with_something_shown_stays(
    log: SearchLog, batches: list[tuple[str, ...]]
):
    for batch in batches:
        log.add([imported("s1", "bo", *filter(None, [shown])) for shown in batch], [])
    assert log.search("s1").search.shown == ("d1",)


def test_an_import_never_touches_a_search_of_our_own(log: SearchLog):
    log.record(replace(result("s1"), hits=()))
    before = log.search("s1")
    log.add([imported("s1", "bo", "d1")], [])
    assert log.search("s1") == before


def test_more_ids_than_a_statement_can_bind(log: SearchLog):
    log.add([imported(f"s{number}") for number in range(2500)], [])
    assert log.lacking([f"s{number}" for number in range(2503)]) == {"s2500", "s2501", "s2502"}


def test_streaming_gives_one_snapshot_oldest_first(log: SearchLog):
    log.record(result("new"))
    log.add([imported("old")], [])
    log.record_event(Event(action="open", search_id="new"))
    streaming = log.stream()
    seen = [next(streaming)]
    log.record(result("newest"))
    seen += streaming
    assert [record.search_id for record in seen] == ["old", "new", "new"]
    assert isinstance(seen[-1], Event)


def test_searches_from_many_threads_and_two_openings_are_all_there(log: SearchLog, database: Database):
    other = SearchLog(Database(database.path, "log"))

    def work(worker: int) -> None:
        for number in range(25):
            (log if worker % 2 else other).record(result(f"{worker}-{number}"))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert log.counts().searches == 200


def fill(log: SearchLog, people: list[str], searches: int, seed: int = 7) -> None:
    """Log in many small transactions, in an order that splits pages again and again."""
    chance = random.Random(seed)
    made: list[LoggedSearch] = []
    for _ in range(searches):
        person = chance.choice(people)
        search = replace(
            imported(f"{chance.getrandbits(64):x}", person), query=f"{person} asks {'why ' * chance.randrange(50)}"
        )
        made.append(replace(search, timestamp=LONG_AGO + timedelta(seconds=chance.randrange(10**6))))
    for start in range(0, searches, 10):
        batch = made[start : start + 10]
        clicks = [
            Event(
                action="click",
                search_id=search.search_id,
                person=search.person,
                event_id=f"{chance.getrandbits(64):x}",
                timestamp=search.timestamp,
            )
            for search in batch
        ]
        log.add(batch, clicks)


def bytes_of(database: Database) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(database.path.parent.glob("log.db*")))


# With these seeds a copy of the name outlives secure_delete in the gap that a page split left (SQLite 3.40).
@pytest.mark.parametrize(("searches", "seed"), [(400, 4), (800, 6), (800, 11)])
def test_forget_person_leaves_no_trace_of_a_person(log: SearchLog, database: Database, searches: int, seed: int):
    fill(log, ["marker-7f3a", "bo", "chi", "dee"], searches, seed)
    assert b"marker-7f3a" in bytes_of(database)
    found, others = log.known_of("marker-7f3a"), log.known_of("bo")
    assert log.forget("marker-7f3a") == found
    assert found.searches > searches / 5
    assert b"marker-7f3a" not in bytes_of(database)
    assert log.known_of("bo") == others
    assert log.forget("marker-7f3a") == ForgottenCounts(searches=0, events=0)


def test_forget_person_takes_events_on_their_searches_and_their_events_on_others(log: SearchLog):
    for search_id, person in (("s1", "ana"), ("s2", "bo")):
        log.record(result(search_id, person))
        for clicker in ("ana", "bo"):
            log.record_event(Event(action="click", search_id=search_id, person=clicker))
    assert log.forget("ana") == ForgottenCounts(searches=1, events=3)
    assert [event.person for event in log.search("s2").events] == ["bo"]


def test_forget_person_says_when_another_reader_keeps_the_text_in_the_file(log: SearchLog, database: Database):
    fill(log, ["marker-7f3a"], 25)
    other = SearchLog(Database(database.path, "log"))
    reading = other.stream()
    next(reading)
    with pytest.raises(HoneError, match=r"25 .* 25 .*marker-7f3a"):
        log.forget("marker-7f3a", wait=0.05)
    reading.close()
    other.close()
    assert log.forget("marker-7f3a") == ForgottenCounts(searches=0, events=0)
    assert b"marker-7f3a" not in bytes_of(database)


def test_nobody_in_particular_cannot_be_forgotten(log: SearchLog):
    log.record(result("s1", ""))
    with pytest.raises(UsageError):
        log.forget("")
    assert log.counts().searches == 1
