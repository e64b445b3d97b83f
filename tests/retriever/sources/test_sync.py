"""Syncing against fakes: what happens between finding a file and reading it."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from hone.progress import Silent
from hone.records import Passage
from hone.workspace import Workspace
from retriever.library.librarian import Librarian
from retriever.library.library import Library
from retriever.reading.limits import Rejected
from retriever.reading.parsed import Parsed
from retriever.sources.beir import sync_corpus
from retriever.sources.desk import Desk, free_id
from retriever.sources.folder import sync_files
from retriever.sources.report import SyncReport
from retriever.sources.source import Source, exactly, known_sources, printable, remember_source, walk

MakeWorkspace = Callable[..., Workspace]


class FakeReader:
    """Reads a file as it is; counts how often it is asked."""

    def __init__(self) -> None:
        self.read_files: list[str] = []

    def read(self, paths: Iterable[Path]) -> Iterator[tuple[Path, Parsed | Rejected]]:
        for path in paths:
            self.read_files.append(path.name)
            text = path.read_text()
            rejected = Rejected(reason="it says so", cause="damaged")
            yield path, rejected if text == "broken" else Parsed(title=path.stem, text=text, syntax="plain")


def cut(parsed: Parsed, document: str) -> tuple[Passage, ...]:
    return (
        Passage(
            id=f"{document}:{parsed.text}",
            document=document,
            ordinal=0,
            heading=(),
            preface="",
            text=parsed.text,
            start=0,
            end=len(parsed.text),
        ),
    )


class Sync:
    """One folder, synced as often as is asked."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        folder.mkdir()
        self.workspace, self.folder, self.reader = workspace, folder, FakeReader()
        self.source = Source(name="docs", location=folder, groups=frozenset({"everyone"}))
        self.library = Library(workspace.database)

    def __call__(self) -> SyncReport:
        desk = Desk(librarian=Librarian(self.workspace.database), cut=cut, progress=Silent())
        report = sync_files(self.source, self.library, desk, self.reader)  # pyright: ignore[reportArgumentType]  # a fake
        desk.librarian.absolve("docs", report.forgiven)
        return report

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text)

    def paths(self) -> list[str]:
        return [document.path for document in self.library.documents()]


@pytest.fixture
def docs(make_workspace: MakeWorkspace, tmp_path: Path) -> Sync:
    return Sync(make_workspace(), tmp_path / "docs")


def test_only_new_and_changed_files_are_read(docs: Sync) -> None:
    docs.write("a.md", "one")
    docs.write("b.md", "two")
    assert docs().added == 2
    docs.write("b.md", "three")
    assert docs().changed == 1
    (docs.folder / "a.md").touch()
    assert docs().unchanged == 2
    assert docs.reader.read_files == ["a.md", "b.md", "b.md"]


def test_two_files_of_one_content_that_move_at_once_lose_nothing(docs: Sync) -> None:
    docs.write("a.md", "same")
    docs.write("b.md", "same")
    docs()
    (docs.folder / "a.md").rename(docs.folder / "c.md")
    (docs.folder / "b.md").rename(docs.folder / "d.md")
    report = docs()
    assert report.renamed + report.added == 2
    assert docs.paths() == ["c.md", "d.md"]
    assert docs.library.count() == (2, 2)


def test_files_that_swap_their_places_keep_their_contents(docs: Sync) -> None:
    docs.write("a.md", "one")
    docs.write("b.md", "twelve")
    docs()
    docs.write("a.md", "twelve")
    docs.write("b.md", "one")
    docs()
    assert {document.path: docs.library.text(document.id) for document in docs.library.documents()} == {
        "a.md": "twelve",
        "b.md": "one",
    }


def test_a_file_that_vanishes_before_it_is_read_stops_nothing(docs: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    docs.write("a.md", "one")
    docs.write("b.md", "two")

    def found(source: Source) -> Iterator[object]:
        yield from walk(source)
        (docs.folder / "a.md").unlink(missing_ok=True)

    monkeypatch.setattr("retriever.sources.folder.walk", found)
    report = docs()
    assert [(item.path, item.reason) for item in report.rejected] == [
        ("a.md", "cannot be opened: No such file or directory")
    ]
    assert docs.paths() == ["b.md"]
    docs()
    assert docs.library.rejections() == []


def test_a_refused_file_is_not_tried_again_until_it_changes(docs: Sync) -> None:
    docs.write("a.md", "broken")
    assert len(docs().rejected) == 1
    assert (docs().known_rejected, docs.reader.read_files) == (1, ["a.md"])
    docs.write("a.md", "mended now")
    assert docs().added == 1
    assert docs.library.rejections() == []


def test_a_single_files_source_is_that_file(docs: Sync) -> None:
    docs.write("a.md", "one")
    docs.write("b.md", "two")
    only = Source(name="only", location=docs.folder / "a.md", groups=frozenset({"everyone"}))
    assert [found.path for found in walk(only)] == ["a.md"]
    without = Source(name="only", location=docs.folder / "a.md", groups=only.groups, ignore=(exactly("a.md"),))
    assert list(walk(without)) == []


@pytest.mark.parametrize("name", ["a[1].md", "!a.md", "#a.md", "a b .md", "*.md", "\\a.md", "b?.md"])
def test_a_pattern_of_one_file_is_of_no_other(docs: Sync, name: str) -> None:
    for other in (name, "a1.md", "a.md", "bb.md"):
        docs.write(other, other)
    ignoring = Source(name="x", location=docs.folder, groups=frozenset(), ignore=(exactly(name),))
    assert {found.path for found in walk(ignoring)} == {"a1.md", "a.md", "bb.md"} - {name}


def test_a_source_of_the_settings_lives_only_as_long_as_it_stands_there(make_workspace: MakeWorkspace) -> None:
    section = '[[sources]]\nname = "docs"\npath = "docs"\ngroups = ["hr"]\n'
    workspace = make_workspace(section)
    listed = known_sources(workspace.settings, workspace.database)["docs"]
    remember_source(workspace.database, listed, synced=1.0, listed=True)
    assert known_sources(workspace.settings, workspace.database).keys() == {"docs"}
    assert known_sources(make_workspace("").settings, workspace.database) == {}


def test_free_ids_are_free() -> None:
    taken = {"a", "a~2"}
    assert [free_id("a", taken), free_id("a", taken), free_id("b", taken)] == ["a~3", "a~4", "b"]


def test_names_are_made_printable() -> None:
    assert printable("grün\x1b[31m\udce9\n") == "grün\\x1b[31m\\udce9\\n"


def test_records_of_two_corpora_with_one_id_are_two_documents(make_workspace: MakeWorkspace, tmp_path: Path) -> None:
    workspace = make_workspace()
    library = Library(workspace.database)
    lines = {"one": '{"_id": "x", "text": "1"}\n{"_id": "two/x", "text": "2"}', "two": '{"_id": "x", "text": "3"}'}
    for _ in range(2):
        for name, text in lines.items():
            corpus = tmp_path / f"{name}.jsonl"
            corpus.write_text(text)
            desk = Desk(librarian=Librarian(workspace.database), cut=cut, progress=Silent())
            source = Source(name=name, location=corpus, groups=frozenset({"everyone"}))
            sync_corpus(source, library, desk)
    documents = {document.id: library.text(document.id) for document in library.documents()}
    assert documents == {"x": "1", "two/x": "2", "two/x~2": "3"}
