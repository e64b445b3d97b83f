import gzip
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from hone.database import Database
from hone.errors import HoneError, UsageError
from hone.log.rows import Event
from hone.log.searches import SearchLog
from hone.records import Asker, Filters, SearchResult

QUERY = {
    "query_id": "q1",
    "client_id": "bo",
    "user_query": "old \u001b[31mwords [bold]here",
    "timestamp": "2025-01-01T00:00:00Z",
    "query_response_hit_ids": ["d1", "d2"],
}
CLICK = {
    "action_name": "click",
    "query_id": "q1",
    "client_id": "bo",
    "timestamp": "2025-01-01T00:00:09Z",
    "event_attributes": {"object": {"object_id": "d2"}, "position": {"ordinal": 2}},
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make a workspace with one search of ana's in its log."""
    home = tmp_path / "home"
    Database(home / "library.db", "library").close()
    database = Database(home / "log.db", "log")
    log = SearchLog(database)
    log.record(
        SearchResult(
            search_id="s1",
            query="how do I reset the VPN?",
            asker=Asker(name="ana"),
            filters=Filters(kinds=frozenset({"md"})),
            model="minilm@1",
            generation="g1",
            took_ms={"total": 12.5},
            hits=(),
            stages={"dense": (("p9", 0.75),)},
        )
    )
    log.record_event(Event(action="thumb_down", search_id="s1", person="ana"))
    log.close()
    return home


def hone(home: Path, *arguments: str | Path, answer: str = "") -> Result:
    """Run a command; what `main` would turn into a message stays an exception."""
    return CliRunner().invoke(app, ["--home", str(home), "searches", *map(str, arguments)], input=answer)


def ndjson(path: Path, *lines: object) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def test_list_shows_the_newest_first_and_nothing_that_a_terminal_would_obey(home: Path, tmp_path: Path):
    hone(home, "import", ndjson(tmp_path / "in", QUERY))
    lines = hone(home, "list").stdout.splitlines()
    assert [line.split()[-1] for line in lines] == ["question", "VPN?", "[bold]here"]
    assert lines[1].split()[2:5] == ["ana", "0", "s1"]
    assert "\x1b" not in hone(home, "list").stdout
    assert "how do I" not in hone(home, "list", "--person", "bo").stdout
    assert "how do I" in hone(home, "list", "--since", "2025-06-01", "--text", "vpn").stdout
    assert "2 searches by 2 people" in hone(home, "list").stderr


def test_list_shows_the_assistants_own_searches_with_all_alone(home: Path, tmp_path: Path):
    hop = QUERY | {"query_attributes": {"hone": {"origin": "hop", "ask_id": "a1"}}, "user_query": "Buying"}
    hone(home, "import", ndjson(tmp_path / "in", hop))
    own = hone(home, "list")
    assert "Buying" not in own.stdout
    assert "1 searches" in own.stderr
    rows = [line.split() for line in hone(home, "list", "--all").stdout.splitlines()]
    assert [(row[3], row[-1]) for row in rows[1:]] == [("typed", "VPN?"), ("hop", "Buying")]
    assert [line.split() for line in hone(home, "show", "q1").stdout.splitlines()][3][-1] == "(hop)"


def test_list_gives_programs_a_line_a_search(home: Path):
    (line,) = hone(home, "list", "--json").stdout.splitlines()
    search = json.loads(line)
    assert (search["search_id"], search["person"], search["groups"]) == ("s1", "ana", ["everyone"])
    assert search["filters"]["kinds"] == ["md"]


def test_show_says_what_was_shown_where_each_stage_had_it_and_what_followed(home: Path, tmp_path: Path):
    staged = QUERY | {
        "query_attributes": {"hone": {"stages": {"dense": [["d2", 0.5], ["d1", 0.25]], "bm25": [["d1", 9]]}}}
    }
    hone(home, "import", ndjson(tmp_path / "in", staged, CLICK))
    rows = [line.split() for line in hone(home, "show", "q1").stdout.splitlines()]
    assert ["1", "2", "(0.250)", "1", "(9.000)", "d1"] in rows
    assert ["2", "1", "(0.500)", "–", "d2"] in rows
    assert ["00:00:09", "click", "2", "d2"] in rows
    own = hone(home, "show", "s1").stdout
    assert 'kinds ["md"]' in own
    assert "thumb_down" in own
    assert json.loads(hone(home, "show", "s1", "--json").stdout)["events"][0]["action"] == "thumb_down"


def test_show_of_an_unknown_search_asks_for_another(home: Path):
    assert isinstance(hone(home, "show", "nowhere").exception, UsageError)


def test_an_export_is_imported_as_it_was(home: Path, tmp_path: Path):
    first, second = tmp_path / "first.ndjson", tmp_path / "second.ndjson"
    assert "1 searches and 1 events" in hone(home, "export", first).stdout
    other = tmp_path / "other"
    taken = hone(other, "import", first)
    assert (taken.exit_code, re.findall(r"\d+", taken.stdout)) == (0, ["1", "1"])
    hone(other, "export", second)
    assert second.read_text() == first.read_text()
    assert hone(home, "export", "-").stdout == first.read_text()
    assert len(hone(home, "export", "-", "--form", "lines").stdout.splitlines()) == 2
    assert list(tmp_path.glob("*.unfinished")) == []


def test_export_into_a_missing_folder_is_asked_wrongly(home: Path, tmp_path: Path):
    assert isinstance(hone(home, "export", tmp_path / "none" / "out").exception, UsageError)


def test_import_takes_gzip_counts_what_is_unknown_and_adds_nothing_twice(home: Path, tmp_path: Path):
    path = ndjson(tmp_path / "in.gz", QUERY, CLICK, CLICK | {"query_id": "nowhere"})
    path.write_bytes(gzip.compress(path.read_bytes()))
    first = hone(home, "import", path)
    assert first.exit_code == 0
    added, objects, searches = first.stdout.splitlines()
    assert ("1 searches" in added, "2 events" in added) == (True, True)
    assert (objects[:2], "library" in objects) == ("4 ", True)
    assert (searches[:2], "searches" in searches) == ("1 ", True)
    added, twice = hone(home, "import", path).stdout.splitlines()
    assert ("0 searches" in added, "0 events" in added, twice[:2]) == (True, True, "3 ")


def test_import_exits_with_1_after_taking_what_is_good_around_a_bad_line(home: Path, tmp_path: Path):
    path = ndjson(tmp_path / "in", QUERY, "{not json", CLICK)
    taken = hone(home, "import", path)
    assert taken.exit_code == 1
    assert re.findall(r"\d+", taken.stdout)[:2] == ["1", "1"]
    assert "line 2 " in taken.stderr
    report = json.loads(hone(home, "import", path, "--json").stdout)
    assert (report["duplicates"], report["bad_lines"], report["bad"][0]["number"]) == (2, 1, 2)


def test_forget_names_the_consequence_and_asks_first(home: Path):
    refused = hone(home, "forget", "ana", answer="n\n")
    assert refused.exit_code == 1
    assert re.findall(r"\d+", refused.stdout) == ["1", "1"]
    assert "VPN" in hone(home, "list").stdout
    assert hone(home, "forget", "ana", answer="y\n").exit_code == 0
    assert "VPN" not in hone(home, "list").stdout
    assert "VPN" not in (home / "log.db").read_bytes().decode("latin-1")


def test_forget_of_an_unknown_name_says_so_without_asking(home: Path):
    forgotten = hone(home, "forget", "Ana")
    assert forgotten.exit_code == 0
    assert "Ana" in forgotten.stdout
    assert "VPN" in hone(home, "list").stdout


@pytest.mark.parametrize("command", ["list", "show", "export", "import", "forget"])
def test_every_command_has_an_example(home: Path, command: str):
    assert f"Example: hone searches {command}" in " ".join(
        hone(home, command, "--help").stdout.replace("│", " ").split()
    )


def test_commands_that_read_want_a_workspace(tmp_path: Path):
    assert isinstance(hone(tmp_path / "nowhere", "list").exception, HoneError)
    assert not (tmp_path / "nowhere").exists()
