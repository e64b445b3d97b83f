"""What every connector must pass, run with the library as it is and a reader that takes files as they are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from retriever.sources.connector import ListingEnd, ListingEntry, SourceItem
from retriever.sources.source import exactly
from tests.retriever.sources.places import STAFF, BeirPlace, Bench, Failing, FolderPlace, MemoryPlace, Place

BOARD = frozenset({"board"})
HR = frozenset({"hr"})


@pytest.fixture(params=[FolderPlace, BeirPlace, MemoryPlace])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    made: Place = request.param(tmp_path)
    for path, text in (("a.md", "one"), ("b.md", "two"), ("c.md", "three")):
        made.write(path, text)
    return made


def test_a_listing_names_each_document_once_and_ends(place: Place) -> None:
    *items, end = place.open().list("")
    listed = [item for item in items if isinstance(item, SourceItem)]
    assert isinstance(end, ListingEnd)
    assert (len(items), end.complete) == (3, True)
    assert len({item.id for item in listed}) == len({item.path for item in listed}) == 3
    assert all(item.version for item in listed)


def test_versions_stay_until_something_changes(place: Place) -> None:
    def versions() -> dict[str, str]:
        return {item.path: item.version for item in place.open().list("") if isinstance(item, SourceItem)}

    before = versions()
    assert versions() == before
    place.write("b.md", "another two")
    assert {path for path, version in versions().items() if version != before[path]} == {"b.md"}


def test_what_is_there_is_added(place: Place, bench: Bench) -> None:
    report = bench.sync(place)
    assert (report.added, report.problem, report.rejected) == (3, None, [])
    assert bench.texts() == {"a.md": "one", "b.md": "two", "c.md": "three"}
    assert set(bench.readers().values()) == {STAFF}


def test_the_same_thing_twice_changes_nothing(place: Place, bench: Bench) -> None:
    bench.sync(place)
    before, read = bench.library.revision(), list(bench.reader.read_files)
    report = bench.sync(place)
    assert (report.added, report.changed, report.removed, report.renamed) == (0, 0, 0, 0)
    assert (bench.library.revision(), bench.reader.read_files) == (before, read)


def test_only_what_changed_is_read_and_keeps_its_id(place: Place, bench: Bench) -> None:
    bench.sync(place)
    ids, read = bench.ids(), len(bench.reader.read_files)
    place.write("b.md", "twice two")
    report = bench.sync(place)
    assert (report.changed, report.added, report.removed) == (1, 0, 0)
    assert bench.texts() == {"a.md": "one", "b.md": "twice two", "c.md": "three"}
    assert bench.ids() == ids
    assert len(bench.reader.read_files) <= read + 1


def test_a_renamed_document_is_the_same_where_it_can_be_told(place: Place, bench: Bench) -> None:
    bench.sync(place)
    before = bench.ids()
    place.rename("b.md", "z.md")
    report = bench.sync(place)
    assert bench.texts() == {"a.md": "one", "z.md": "two", "c.md": "three"}
    if place.keeps_renamed:
        assert (report.renamed, report.added, report.removed) == (1, 0, 0)
        assert bench.ids()["z.md"] == before["b.md"]
    else:
        assert (report.renamed, report.added, report.removed) == (0, 1, 1)
        assert bench.ids()["z.md"] == "z.md"


def test_two_that_change_places_keep_their_contents(place: Place, bench: Bench) -> None:
    bench.sync(place)
    place.rename("a.md", "x.md")
    place.rename("b.md", "a.md")
    place.rename("x.md", "b.md")
    assert bench.sync(place).problem is None
    assert bench.texts() == {"a.md": "two", "b.md": "one", "c.md": "three"}


def test_a_newcomer_takes_a_path_that_is_free_again(place: Place, bench: Bench) -> None:
    bench.sync(place)
    place.remove("a.md")
    place.rename("b.md", "a.md")
    place.write("b.md", "a newcomer")
    assert bench.sync(place).problem is None
    assert bench.texts() == {"a.md": "two", "b.md": "a newcomer", "c.md": "three"}
    assert len(set(bench.ids().values())) == 3


def test_what_is_gone_is_removed(place: Place, bench: Bench) -> None:
    bench.sync(place)
    place.remove("b.md")
    report = bench.sync(place)
    assert (report.removed, report.added, report.changed) == (1, 0, 0)
    assert bench.texts() == {"a.md": "one", "c.md": "three"}


def test_each_document_has_readers_of_its_own_or_its_sources(place: Place, bench: Bench) -> None:
    place.write("b.md", "two", readers=BOARD)
    place.write("c.md", "three", readers=frozenset())
    bench.sync(place)
    assert bench.readers() == {"a.md": STAFF, "b.md": BOARD, "c.md": frozenset({"admin"})}, "nobody means admins only"


def test_other_readers_take_effect_though_the_text_is_the_same(place: Place, bench: Bench) -> None:
    place.write("b.md", "two", readers=BOARD)
    bench.sync(place)
    before, revision = bench.ids(), bench.library.revision()
    place.write("b.md", "two", readers=HR)
    report = bench.sync(place)
    assert report.regrouped == 1
    assert bench.readers() == {"a.md": STAFF, "b.md": HR, "c.md": STAFF}
    assert (bench.ids(), bench.library.revision() > revision) == (before, True)
    place.write("b.md", "two")
    bench.sync(place)
    assert bench.readers()["b.md"] == STAFF


def test_other_readers_of_the_source_are_those_of_documents_without_their_own(place: Place, bench: Bench) -> None:
    place.write("b.md", "two", readers=BOARD)
    bench.sync(place)
    place.source = replace(place.source, groups=HR)
    report = bench.sync(place)
    assert (report.regrouped, report.changed) == (2, 0)
    assert bench.readers() == {"a.md": HR, "b.md": BOARD, "c.md": HR}


def test_a_source_that_can_not_be_reached_keeps_everything(place: Place, bench: Bench) -> None:
    bench.sync(place)
    before, revision = bench.readers(), bench.library.revision()
    place.unplug()
    report = bench.sync(place)
    assert report.problem is not None
    assert (report.removed, bench.readers(), bench.library.revision()) == (0, before, revision)
    place.plug_in()
    assert bench.sync(place).problem is None
    assert bench.readers() == before


def test_what_fails_half_way_keeps_what_was_read_and_the_next_run_finishes(place: Place, bench: Bench) -> None:
    bench.sync(place)
    place.remove("c.md")
    for path in ("d.md", "e.md", "f.md"):
        place.write(path, f"the text of {path}")
    report = bench.sync(place, Failing(place.open(), documents=2))
    assert report.problem is not None
    assert report.removed == 0
    kept = bench.texts()
    assert {"a.md", "b.md", "c.md"} < set(kept), "nothing is removed, and something was read"
    report = bench.sync(place)
    assert (report.problem, report.removed) == (None, 1)
    assert len(kept) + report.added - 1 == len(bench.texts()), "what was read is not read again"
    assert set(bench.texts()) == {"a.md", "b.md", "d.md", "e.md", "f.md"}


@pytest.mark.parametrize("ends", [False, True])
def test_a_listing_that_breaks_off_removes_nothing(place: Place, bench: Bench, ends: bool) -> None:
    bench.sync(place)
    place.write("a.md", "changed")
    place.write("0.md", "three")  # a copy of what may not have been listed, and no rename of it
    place.remove("b.md")
    report = bench.sync(place, Failing(place.open(), entries=1, ends=ends))
    assert report.problem is not None
    assert {"b.md", "c.md"} < set(bench.texts())
    assert bench.sync(place).problem is None
    assert bench.texts() == {"0.md": "three", "a.md": "changed", "c.md": "three"}


def test_an_interrupted_run_is_finished_by_the_next(place: Place, bench: Bench) -> None:
    class Interrupted(Failing):
        def list(self, cursor: str) -> Iterator[ListingEntry]:
            yield from super().list(cursor)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.sync(place, Interrupted(place.open()))
    assert bench.sync(place).added == 3


def test_a_listing_that_names_a_document_twice_makes_one(place: Place, bench: Bench) -> None:
    class Stuttering(Failing):
        def list(self, cursor: str) -> Iterator[ListingEntry]:
            entries: list[ListingEntry] = [*super().list(cursor)]
            yield from (*entries[:-1], *entries)

    report = bench.sync(place, Stuttering(place.open()))
    assert (report.added, report.rejected, len(bench.texts())) == (3, [], 3)


@pytest.mark.parametrize(
    "name",
    ["a[1].md", "!a.md", "#a.md", "*.md", "q?'\".md", "a b .md", "naïve – 文.md", "x..md", "a~2.md", "\u202egnp.md"],
)
def test_odd_names_are_only_names(place: Place, bench: Bench, name: str) -> None:
    place.write(name, "of an odd name")
    bench.sync(place)
    assert bench.texts() == {"a.md": "one", "b.md": "two", "c.md": "three", name: "of an odd name"}
    place.source = replace(place.source, ignore=(exactly(name),))
    assert bench.sync(place).removed == 1
    assert bench.texts() == {"a.md": "one", "b.md": "two", "c.md": "three"}


@pytest.mark.parametrize("name", ["red\x1b[31m.md", "two\nlines.md", "latin\udce9.md"])
def test_names_that_can_not_be_shown_are_refused_and_nothing_else_is(place: Place, bench: Bench, name: str) -> None:
    place.write(name, "of a name that can't be shown")
    report = bench.sync(place)
    assert (report.added, len(report.rejected)) == (3, 1)
    assert report.rejected[0].cause in {"name", "damaged"}
    assert report.rejected[0].path.isprintable()
    again = bench.sync(place)
    assert (again.rejected, len(bench.refusals())) == ([], 1)
    place.remove(name)
    bench.sync(place)
    assert bench.library.rejections() == []


def test_what_is_ignored_leaves_and_stays_away(place: Place, bench: Bench) -> None:
    bench.sync(place)
    wanted = place.source
    place.source = replace(wanted, include=("*.md",), ignore=("b.*",))
    assert bench.sync(place).removed == 1
    assert set(bench.texts()) == {"a.md", "c.md"}
    place.source = wanted
    assert bench.sync(place).added == 1


def test_no_document_takes_the_id_of_another_sources(place: Place, bench: Bench, tmp_path: Path) -> None:
    other = BeirPlace(tmp_path / "other") if (tmp_path / "other").mkdir() is None else None
    assert other is not None
    other.source = replace(other.source, name="other")
    for path in ("a.md", f"{place.source.name}/a.md"):
        other.write(path, "I was here first")
    bench.sync(other)
    bench.sync(place)
    documents = list(bench.library.documents())
    assert len({document.id for document in documents}) == len(documents) == 5
    assert bench.library.text("a.md") == "I was here first"
