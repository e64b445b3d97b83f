"""One run over one source: what is read again and why, and what only some connectors can say."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hone.settings import read_settings
from retriever.reading.limits import ReadLimits
from retriever.sources.connector import FetchedItem, ListingEntry, SourceItem
from retriever.sources.source import cursor_of
from tests.retriever.sources.places import BeirPlace, Bench, Failing, FolderPlace, MemoryPlace


@pytest.fixture
def folder(tmp_path: Path) -> FolderPlace:
    return FolderPlace(tmp_path)


@pytest.fixture
def wiki(tmp_path: Path) -> MemoryPlace:
    place = MemoryPlace(tmp_path)
    for path in ("a.md", "b.md", "c.md"):
        place.write(path, f"text of {path}")
    return place


def test_a_file_that_was_only_touched_is_not_read(folder: FolderPlace, bench: Bench) -> None:
    folder.write("a.md", "one")
    bench.sync(folder)
    for _ in range(2):
        os.utime(folder.root / "a.md", ns=(1, 1))
        assert bench.sync(folder).unchanged == 1
    assert bench.reader.read_files == ["a.md"]


def test_two_files_of_one_content_that_move_at_once_lose_nothing(folder: FolderPlace, bench: Bench) -> None:
    folder.write("a.md", "same")
    folder.write("b.md", "same")
    bench.sync(folder)
    folder.rename("a.md", "c.md")
    folder.rename("b.md", "d.md")
    report = bench.sync(folder)
    assert report.renamed + report.added == 2
    assert bench.texts() == {"c.md": "same", "d.md": "same"}
    assert bench.library.count() == (2, 2)


def test_a_renamed_file_has_the_readers_and_the_address_of_its_new_place(folder: FolderPlace, bench: Bench) -> None:
    folder.source = replace(folder.source, url="https://wiki.example/")
    folder.write("hr/x.md", "-", readers=frozenset({"hr"}))
    folder.write("a.md", "one")
    bench.sync(folder)
    folder.remove("hr/x.md")
    folder.rename("a.md", "hr/x.md")
    assert bench.sync(folder).removed == 1
    moved = bench.library.document("hr/x.md")
    assert (moved.groups, moved.url) == ({"hr"}, "https://wiki.example/hr/x.md")


def test_a_file_that_vanishes_before_it_is_read_stops_nothing(folder: FolderPlace, bench: Bench) -> None:
    folder.write("a.md", "one")
    folder.write("b.md", "two")

    class Vanishing(Failing):
        def list(self, cursor: str) -> Iterator[ListingEntry]:
            yield from super().list(cursor)
            folder.remove("a.md")

    report = bench.sync(folder, Vanishing(folder.open()))
    assert [(item.path, item.cause) for item in report.rejected] == [("a.md", "unopened")]
    assert bench.texts() == {"b.md": "two"}
    bench.sync(folder)
    assert bench.refusals() == {}


def test_a_refused_file_is_tried_again_only_for_a_reason(folder: FolderPlace, bench: Bench) -> None:
    folder.write("a.md", "broken")
    assert len(bench.sync(folder).rejected) == 1
    bench.limits = ReadLimits(seconds=99, input_bytes=99)
    assert (bench.sync(folder).known_rejected, bench.reader.read_files) == (1, ["a.md"])
    assert len(bench.sync(folder, retry=True).rejected) == 1
    folder.write("a.md", "mended now")
    assert bench.sync(folder).added == 1
    assert bench.refusals() == {}


def test_a_file_that_took_too_long_is_tried_each_time(folder: FolderPlace, bench: Bench) -> None:
    folder.write("a.md", "slow")
    bench.sync(folder)
    bench.sync(folder)
    assert bench.reader.read_files == ["a.md", "a.md"]


def test_a_file_is_tried_again_when_the_limit_that_refused_it_changes(folder: FolderPlace, bench: Bench) -> None:
    folder.write("a.md", "large")
    bench.sync(folder)
    bench.limits = replace(bench.limits, seconds=99, memory_bytes=1)
    assert bench.sync(folder).known_rejected == 1
    bench.limits = replace(bench.limits, input_bytes=1)
    assert len(bench.sync(folder).rejected) == 1
    assert bench.sync(folder).known_rejected == 1


def test_a_changed_file_that_is_refused_is_hidden_from_those_who_may_not_read_it_any_more(
    folder: FolderPlace, bench: Bench
) -> None:
    folder.write("a.md", "one")
    bench.sync(folder)
    folder.write("a.md", "broken", readers=frozenset({"hr"}))
    assert len(bench.sync(folder).rejected) == 1
    assert (bench.texts(), bench.readers()) == ({"a.md": "one"}, {"a.md": {"hr"}})


def test_who_may_know_of_a_refused_file_changes_with_its_readers(folder: FolderPlace, bench: Bench) -> None:
    for readers in (frozenset({"hr"}), frozenset({"board"})):
        folder.write("a.md", "broken", readers=readers)
        folder.write("movie.mkv", "?", readers=readers)
        bench.sync(folder)
        assert {item.path: item.groups for item in bench.library.rejections()} == dict.fromkeys(
            ("a.md", "movie.mkv"), readers
        )
    assert bench.reader.read_files == ["a.md"]


def test_files_that_no_parser_reads_are_remembered_by_name_until_they_go(folder: FolderPlace, bench: Bench) -> None:
    folder.write("a.md", "one")
    folder.write("movie.mkv", "?")
    folder.write("bundle.js.map", "{}")
    report = bench.sync(folder)
    assert (report.unsupported, report.rejected) == ({".mkv": 1, ".map": 1}, [])
    assert bench.refusals() == {"movie.mkv": "unsupported", "bundle.js.map": "unsupported"}
    folder.remove("movie.mkv")
    assert bench.sync(folder).unsupported == {".map": 1}
    assert bench.refusals() == {"bundle.js.map": "unsupported"}


def test_records_of_two_corpora_with_one_id_are_two_documents(bench: Bench, tmp_path: Path) -> None:
    places: list[BeirPlace] = []
    for name, ids in (("one", ("x", "two/x")), ("two", ("x",))):
        (tmp_path / name).mkdir()
        places.append(BeirPlace(tmp_path / name))
        places[-1].source = replace(places[-1].source, name=name)
        for place in ids:
            places[-1].write(place, f"{name} {place}")
    for _ in range(2):
        for place in places:
            bench.sync(place)
    documents = {document.id: bench.library.text(document.id) for document in bench.library.documents()}
    assert documents == {"x": "one x", "two/x": "one two/x", "two/x~2": "two x"}


def test_a_line_that_changed_since_the_corpus_was_listed_waits_for_the_next_run(bench: Bench, tmp_path: Path) -> None:
    place = BeirPlace(tmp_path)
    place.write("a", "one")
    place.write("b", "two")

    class Changing(Failing):
        def list(self, cursor: str) -> Iterator[ListingEntry]:
            yield from super().list(cursor)
            place.write("a", "another, much longer text than before")

    report = bench.sync(place, Changing(place.open()))
    assert {(item.path, item.cause) for item in report.rejected} == {("a", "unopened"), ("b", "unopened")}
    assert bench.sync(place).rejected == []
    assert bench.texts() == {"a": "another, much longer text than before", "b": "two"}


def test_only_what_changed_is_listed_from_where_the_last_run_ended(wiki: MemoryPlace, bench: Bench) -> None:
    assert bench.sync(wiki).added == 3
    wiki.write("b.md", "changed")
    wiki.remove("c.md")
    report = bench.sync(wiki)
    assert (report.changed, report.removed, report.unchanged) == (1, 1, 0)
    assert bench.texts() == {"a.md": "text of a.md", "b.md": "changed"}
    assert wiki.listings == ["", "3"]


def test_a_run_that_fails_does_not_move_the_cursor(wiki: MemoryPlace, bench: Bench) -> None:
    bench.sync(wiki)
    wiki.write("d.md", "four")
    wiki.write("e.md", "five")
    assert bench.sync(wiki, Failing(wiki, documents=1)).problem is not None
    assert cursor_of(bench.workspace.database, wiki.source) == "3"
    assert bench.sync(wiki).added == 1
    assert cursor_of(bench.workspace.database, wiki.source) == "5"
    assert len(bench.texts()) == 5


@pytest.mark.parametrize("change", [{"ignore": ("a.md",)}, {"groups": frozenset({"hr"})}, {"url": "https://x.example"}])
def test_what_is_wanted_of_a_source_changes_for_documents_that_did_not(
    wiki: MemoryPlace, bench: Bench, change: dict[str, object]
) -> None:
    bench.sync(wiki)
    wiki.source = replace(wiki.source, **change)  # pyright: ignore[reportArgumentType]  # one field or another
    report = bench.sync(wiki)
    assert wiki.listings == ["", ""]
    assert (report.removed, report.regrouped) == ("ignore" in change and 1, "groups" in change and 3)


def test_a_refusal_that_may_pass_has_everything_listed_again(wiki: MemoryPlace, bench: Bench) -> None:
    wiki.write("b.md", "slow")
    bench.sync(wiki)
    bench.sync(wiki)
    assert wiki.listings == ["", ""]
    wiki.write("b.md", "quick")
    assert bench.sync(wiki).added == 1
    bench.sync(wiki)
    assert (wiki.listings[2:], bench.refusals()) == (["", "5"], {})


def test_what_fetching_tells_is_kept_and_files_lose_their_places(wiki: MemoryPlace, bench: Bench) -> None:
    bench.sync(wiki)
    document = bench.library.document("a.md")
    assert (document.id, document.title) == ("memory/a.md", "Title of a.md")
    assert document.url == f"{wiki.source.url}/a.md"
    assert bench.reader.read_files == ["page.md"] * 3


def test_readers_that_are_known_only_when_fetched_count(wiki: MemoryPlace, bench: Bench) -> None:
    class Late(Failing):
        def fetch(self, item: SourceItem) -> FetchedItem:
            fetched = super().fetch(item)
            return replace(fetched, item=replace(fetched.item, readers=frozenset({"late"})))

    bench.sync(wiki, Late(wiki))
    assert set(bench.readers().values()) == {frozenset({"late"})}


def test_a_path_that_an_unnamed_document_has_is_waited_for(wiki: MemoryPlace, bench: Bench) -> None:
    """A listing of changes that forgets one of two documents that changed places."""
    bench.sync(wiki)
    wiki.rename("a.md", "x.md")
    wiki.rename("b.md", "a.md")
    wiki.changes = [change for change in wiki.changes if change != "page 0"] + wiki.changes[-1:]
    assert [item.path for item in bench.sync(wiki).rejected] == ["a.md"]
    assert bench.sync(wiki).problem is None
    assert (set(bench.texts()), bench.refusals()) == ({"a.md", "c.md", "x.md"}, {})


def test_settings_name_readers_by_patterns(tmp_path: Path) -> None:
    (tmp_path / "hone.toml").write_text(
        '[[sources]]\nname = "docs"\npath = "docs"\n'
        '[[sources.readers]]\npath = "hr/**"\ngroups = ["hr"]\n[[sources.readers]]\npath = "hr/board/"\n'
    )
    rules = read_settings(tmp_path).sources[0].readers
    assert [(rule.path, rule.groups) for rule in rules] == [("hr/**", {"hr"}), ("hr/board/", frozenset())]
