import gzip
import io
import json
import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hone.database import Database
from hone.log.rows import Event
from hone.log.searches import SearchLog
from hone.log.ubi.files import LONGEST_LINE, Form, export, import_file
from hone.records import Asker, Filters, Hit, Purpose, SearchResult

# The shapes that OpenSearch's own sample log has, shortened.
QUERY = {
    "application": "Chorus",
    "query_id": "q1",
    "client_id": "c1",
    "user_query": "printer toner",
    "query_attributes": {"experiment": 7},
    "timestamp": "2025-01-24T07:31:30.699+0000",
    "query": '{"size":0}',
    "query_response_id": "r1",
    "query_response_hit_ids": ["d1", "d2"],
}
CLICK = {
    "action_name": "click",
    "query_id": "q1",
    "client_id": "c1",
    "timestamp": 1737703895000,
    "message": None,
    "event_attributes": {
        "object": {"object_id": "d2", "object_id_field": "asin"},
        "position": {"ordinal": 1},
        "ip": "::1",
    },
}
LOST_SEARCH = {
    "action_name": "search",
    "query_id": None,
    "client_id": "c9",
    "timestamp": "2025-03-03T08:27:59.705Z",
    "event_attributes": None,
}

Opened = Callable[[str], SearchLog]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one log; tests open copies of it, which is a third of a second quicker each."""
    path = tmp_path_factory.mktemp("empty") / "log.db"
    Database(path, "log").close()
    return path


@pytest.fixture
def opened(tmp_path: Path, empty: Path) -> Iterator[Opened]:
    logs: list[SearchLog] = []

    def open_log(name: str) -> SearchLog:
        logs.append(SearchLog(Database(Path(shutil.copy(empty, tmp_path / f"{name}.db")), "log")))
        return logs[-1]

    yield open_log
    for log in logs:
        log.close()


@pytest.fixture
def log(opened: Opened) -> SearchLog:
    return opened("main")


def written(path: Path, *lines: object) -> Path:
    """Write objects as JSON, text as UTF-8 and bytes as they are, a line each."""
    encoded = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
        for line in lines
    ]
    path.write_bytes(b"\n".join(encoded) + b"\n")
    return path


def exported(log: SearchLog, form: Form = "bulk") -> str:
    out = io.StringIO()
    export(log, out, form=form)
    return out.getvalue()


def query(name: str, **fields: object) -> dict[str, Any]:
    return {"query_id": name, "user_query": "vpn", "timestamp": "2026-01-01T00:00:00Z", **fields}


def test_searches_and_events_are_read_as_opensearch_writes_them(log: SearchLog, tmp_path: Path):
    report = import_file(log, written(tmp_path / "in", QUERY, CLICK, LOST_SEARCH))
    assert (report.searches, report.events, report.bad_lines) == (1, 2, 0)
    search, (click,) = log.search("q1").search, log.search("q1").events
    assert (search.person, search.query, search.shown, search.imported) == ("c1", "printer toner", ("d1", "d2"), True)
    assert search.timestamp == datetime(2025, 1, 24, 7, 31, 30, 699000, tzinfo=UTC)
    assert search.attributes == {"experiment": 7}
    assert search.extra == {"query": '{"size":0}', "query_response_id": "r1"}
    assert (click.action, click.person, click.object_id, click.ordinal) == ("click", "c1", "d2", 1)
    assert click.timestamp == datetime(2025, 1, 24, 7, 31, 35, tzinfo=UTC)
    assert click.attributes == {"object": {"object_id_field": "asin"}, "ip": "::1"}
    assert click.extra == {"message": None}


def test_bulk_and_plain_lines_mix_with_blank_ones_a_byte_order_mark_and_carriage_returns(
    log: SearchLog, tmp_path: Path
):
    path = tmp_path / "in"
    lines = [{"index": {"_index": "ubi_queries"}}, QUERY, "", CLICK, {"create": {"_index": "ubi_events"}}, LOST_SEARCH]
    text = written(path, *lines).read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text)
    report = import_file(log, path)
    assert (report.searches, report.events, report.bad) == (1, 2, ())


def test_gzip_is_recognised_by_its_content(log: SearchLog, tmp_path: Path):
    path = tmp_path / "named-anything"
    path.write_bytes(gzip.compress(written(path, QUERY, CLICK).read_bytes()))
    report = import_file(log, path)
    assert (report.searches, report.events) == (1, 1)


BAD: list[tuple[object, str]] = [
    ("{not json", "is not JSON: key must be a string at column 2"),
    (b'{"query_id": "x", "user_query": "\xff", "timestamp": 0}', "unicode"),
    (query("x", user_query="cut \ud83d"), "hex escape"),
    ('{"query_id": "x", "user_query": "a", "timestamp": 0, "k": NaN}', "expected value"),
    ('{"query_id": "x", "user_query": "a", "timestamp": 0, "k": 1e999}', "not JSON compliant"),
    ("[" * 5000, "recursion limit"),
    ("17", "should be a JSON object"),
    ({"timestamp": 0, "query_id": "x"}, "neither user_query"),
    ({"user_query": "a"}, "query_id is missing; timestamp is missing"),
    (query(""), "query_id"),
    (query("x", timestamp="tomorrow"), 'timestamp is "tomorrow"'),
    (query("x", timestamp="0001-01-01T00:00:00+14:00"), "years 1 to 9999"),
    (query("x", user_query=["a"]), 'user_query is ["a"]: Input should be a valid string'),
    (query("x", query_response_hit_ids="d1"), "query_response_hit_ids"),
    (query("x", query_response_hit_ids=["d1", None]), "query_response_hit_ids.1 is null"),
    (query("x", query_response_hit_ids=[None] * 999), "query_response_hit_ids.4 is null"),
    (query("x", query_attributes=[]), "query_attributes is []"),
    (query("x", query_attributes={"hone": {"stages": {"dense": [["p1"]]}}}), "query_attributes.hone.stages.dense.0"),
    (query("x", query_attributes={"hone": {"origin": "nobody"}}), "query_attributes.hone.origin"),
    (CLICK | {"action_name": None}, "action_name is null"),
    (CLICK | {"event_attributes": {"position": {"ordinal": "first"}}}, 'event_attributes.position.ordinal is "first"'),
    (CLICK | {"event_attributes": {"position": {"ordinal": 2**70}}}, "event_attributes.position.ordinal"),
    ({"delete": {"_index": "ubi_queries", "_id": "q1"}}, "neither user_query"),
    ('{"query_id": "x", "user_query": "' + "a" * LONGEST_LINE + '"}', "longer than 10 MB"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD, ids=[reason for _, reason in BAD])
def test_a_bad_line_is_reported_with_its_number_and_loses_no_other(
    log: SearchLog, tmp_path: Path, bad: object, reason: str
):
    action = {"index": {"_index": "ubi_queries"}}
    path = written(tmp_path / "in", action, query("before"), action, bad, action, query("after"), CLICK)
    report = import_file(log, path)
    assert [line.number for line in report.bad] == [4]
    assert reason in report.bad[0].reason
    assert len(report.bad[0].reason) < 600
    assert (report.bad_lines, report.searches, report.events) == (1, 2, 1)


def test_an_action_line_without_its_document_is_bad_and_a_document_without_its_action_line_is_not(
    log: SearchLog, tmp_path: Path
):
    action = {"index": {"_index": "ubi_queries"}}
    report = import_file(log, written(tmp_path / "in", action, action, query("a"), "{index", query("b"), action))
    assert [line.number for line in report.bad] == [1, 4, 6]
    assert report.searches == 2


def test_a_gzip_file_that_was_cut_off_gives_what_it_has(log: SearchLog, tmp_path: Path):
    path = written(tmp_path / "in", *(query(f"q{number}", noise=number**40) for number in range(3000)))
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(packed[: len(packed) // 2])
    report = import_file(log, path)
    assert report.searches > 1000
    assert report.bad[-1].number == report.searches + 1
    assert "decompressed" in report.bad[-1].reason


def test_the_first_thousand_bad_lines_are_kept_and_all_are_counted(log: SearchLog, tmp_path: Path):
    report = import_file(log, written(tmp_path / "in", *["{"] * 1200, QUERY))
    assert (len(report.bad), report.bad_lines, report.searches) == (1000, 1200, 1)


def test_importing_twice_adds_nothing(log: SearchLog, tmp_path: Path):
    path = written(tmp_path / "in", QUERY, CLICK, CLICK | {"event_id": "e1"}, LOST_SEARCH)
    first, again = import_file(log, path), import_file(log, path)
    assert (first.searches, first.events, first.duplicates) == (1, 3, 0)
    assert (again.searches, again.events, again.duplicates) == (0, 0, 4)


def test_an_identical_event_counts_once_and_is_reported(log: SearchLog, tmp_path: Path):
    reordered = dict(reversed(CLICK.items()))
    report = import_file(log, written(tmp_path / "in", CLICK, CLICK, reordered, CLICK | {"timestamp": 5}))
    assert (report.events, report.duplicates) == (2, 2)


def test_of_several_queries_under_one_id_the_one_that_showed_something_is_kept(log: SearchLog, tmp_path: Path):
    empty = QUERY | {"query_response_hit_ids": [], "query": "facets"}
    report = import_file(log, written(tmp_path / "in", empty, QUERY, empty))
    assert (report.searches, report.duplicates) == (1, 2)
    assert log.search("q1").search.shown == ("d1", "d2")


def test_ids_that_are_not_known_are_kept_and_counted(log: SearchLog, tmp_path: Path):
    lines = [CLICK, CLICK | {"query_id": "nowhere"}, LOST_SEARCH, QUERY]
    path = written(tmp_path / "in", *lines)
    report = import_file(log, path, known=lambda ids: {"d1"}.intersection(ids))
    assert report.unknown_objects == 3  # d2: two clicks and one showing
    assert report.unknown_searches == 1  # the search may come after its events, and naming none is not naming one
    assert log.search("q1").search.shown == ("d1", "d2")
    assert import_file(log, path, known=lambda _: frozenset()).unknown_objects == 0


def test_an_import_that_was_interrupted_is_finished_by_running_it_again(log: SearchLog, tmp_path: Path):
    path = written(tmp_path / "in", *(query(f"q{number}") for number in range(2500)))

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(log, path, progress=interrupt)
    assert log.counts().searches == 1000
    report = import_file(log, path)
    assert (report.searches, report.duplicates) == (1500, 1000)


def test_progress_adds_up_to_the_bytes_that_were_read(log: SearchLog, tmp_path: Path):
    path = written(tmp_path / "in", *(query(f"q{number}") for number in range(2000)))
    steps: list[int] = []
    import_file(log, path, progress=steps.append)
    assert len(steps) == 2
    assert sum(steps) == path.stat().st_size


def test_a_large_file_is_not_loaded(log: SearchLog, tmp_path: Path):
    path = tmp_path / "in"
    with path.open("w") as file:
        for number in range(600):
            file.write(json.dumps(query(f"q{number}", query_attributes={"dump": "x" * 100_000})) + "\n")
    tracemalloc.start()
    report = import_file(log, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report.searches == 600
    assert peak < path.stat().st_size / 2


def own_search(log: SearchLog) -> None:
    hit = Hit(
        rank=1, document="d", passage="p1", title="", heading=(), text="", start=0, end=0, page=None, source="s",
        path="", kind="md", url="", modified=datetime(2026, 1, 1, tzinfo=UTC), score=1.0, channels={},
    )  # fmt: skip
    log.record(
        SearchResult(
            search_id="own",
            query="wo ist der Schlüssel? 鍵",
            asker=Asker(name="ana", groups=frozenset({"it", "hr"})),
            filters=Filters(sources=frozenset({"b", "a"}), until=datetime(2026, 1, 1, tzinfo=UTC)),
            model="m@1",
            generation="g1",
            took_ms={"total": 3},
            hits=(hit,),
            stages={"dense": (("p1", 0.1234567), ("p2", 0.1)), "bm25": ()},
            notices=("fallback",),
        ),
        purpose=Purpose(origin="hop", ask_id="a1"),
    )
    log.record_event(Event(action="thumb_down", search_id="own", person="ana", attributes={"why": "old"}))
    log.record_event(Event(action="click", search_id="own", object_id="p1", ordinal=1))


@pytest.mark.parametrize("form", ["bulk", "lines"])
def test_a_round_trip_keeps_everything(opened: Opened, tmp_path: Path, form: Form):
    log, fresh = opened("a"), opened("b")
    own_search(log)
    newer = query("newer", query_attributes={"hone": {"model": "m", "of a later version": [1]}})
    import_file(log, written(tmp_path / "in", QUERY, CLICK, LOST_SEARCH, newer))
    first = exported(log, form)
    report = import_file(fresh, written(tmp_path / "out", first.rstrip("\n")))
    assert (report.searches, report.events, report.duplicates, report.bad) == (3, 4, 0, ())
    assert exported(fresh, form) == first
    assert replace(fresh.search("own").search, imported=False) == log.search("own").search
    assert [replace(event, imported=False) for event in fresh.search("own").events] == list(log.search("own").events)
    assert fresh.search("newer").search.attributes == {"hone": {"of a later version": [1]}}
    assert fresh.search("newer").search.model == "m"
    back = import_file(log, tmp_path / "out")
    assert (back.searches, back.events, back.duplicates) == (0, 0, 7)


def test_an_export_is_what_opensearch_takes(log: SearchLog):
    own_search(log)
    lines = [json.loads(line) for line in exported(log).splitlines()]
    assert lines[0] == {"index": {"_index": "ubi_queries", "_id": "own"}}
    assert lines[1]["query_response_hit_ids"] == ["p1"]
    assert lines[1]["query_attributes"]["hone"]["groups"] == ["everyone", "hr", "it"]
    assert lines[1]["query_attributes"]["hone"]["stages"] == {"dense": [["p1", 0.123457], ["p2", 0.1]], "bm25": []}
    click = next(line for line in lines if line.get("action_name") == "click")
    assert click["event_attributes"] == {"object": {"object_id": "p1"}, "position": {"ordinal": 1}}
    assert [line["index"]["_index"] for line in lines[::2]] == ["ubi_queries", "ubi_events", "ubi_events"]


def test_an_export_of_a_person_is_what_forgetting_them_deletes(log: SearchLog, tmp_path: Path):
    others = CLICK | {"client_id": "c2"}
    elsewhere = CLICK | {"query_id": "q2"}
    foreign = CLICK | {"query_id": "q2", "client_id": "c2"}
    import_file(log, written(tmp_path / "in", QUERY, QUERY | {"query_id": "q2", "client_id": "c2"}, CLICK, others))
    import_file(log, written(tmp_path / "more", elsewhere, foreign))
    out = io.StringIO()
    written_out = export(log, out, person="c1")
    gone = log.forget("c1")
    assert (written_out.searches, written_out.events) == (gone.searches, gone.events) == (1, 3)
    assert log.counts().events == {"click": 1}


def test_an_export_can_begin_at_a_moment(log: SearchLog, tmp_path: Path):
    import_file(log, written(tmp_path / "in", QUERY, CLICK, LOST_SEARCH))
    out = io.StringIO()
    export(log, out, form="lines", since=datetime(2025, 2, 1, tzinfo=UTC))
    assert [json.loads(line)["action_name"] for line in out.getvalue().splitlines()] == ["search"]


texts = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
fields = st.dictionaries(
    texts | st.sampled_from(["rest", "model_dump", "imported", "extra", "object"]), values, max_size=4
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extra=fields, attributes=fields)
def test_any_other_keys_survive_a_round_trip(
    opened: Opened, tmp_path: Path, extra: dict[str, Any], attributes: dict[str, Any]
):
    log, fresh = opened("a"), opened("b")  # each example's copies replace the last one's
    about = attributes | {"object": {"object_id": "d", "more": attributes.get("object")}}
    lines = [extra | query("q", query_attributes=attributes), extra | CLICK | {"event_attributes": about}]
    assert import_file(log, written(tmp_path / "in", *lines)).bad == ()
    search, event = log.stream()
    assert (search.extra, search.attributes) == (extra, attributes)
    assert (event.extra, event.attributes) == (
        {**extra, "message": None},
        {**about, "object": {"more": about["object"]["more"]}},
    )
    first = exported(log)
    import_file(fresh, written(tmp_path / "out", first.rstrip("\n")))
    assert exported(fresh) == first
    for opened_log in (log, fresh):
        opened_log.close()
