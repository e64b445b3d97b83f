"""A long sync can be searched in parts: each is a whole generation, and the last one is what it always was."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hone.progress import Silent
from hone.records import EVERYONE
from hone.workspace import Workspace
from retriever.indexing import generations
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import bring_up_to_date, verify_all
from retriever.library.library import BEFORE_ANY, Library
from retriever.searching.searcher import Question, Searcher
from retriever.sources.sync import sync
from retriever.storing import engine_for
from tests.retriever.storing.points import ids_in

EVERYTHING = Question(text="falcon", hits=100, per_document=100)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One long document that comes first by name, and five short ones."""
    (tmp_path / "docs").mkdir()
    lines = "\n\n".join(
        f"## Part {part}\n\n" + " ".join(f"The falcon of line {part}-{line} sleeps." for line in range(60))
        for part in range(8)
    )
    (tmp_path / "docs" / "a-long.md").write_text(f"# Long\n\n{lines}\n")
    for number in range(5):
        write(tmp_path / "docs", f"short{number}")
    return tmp_path / "docs"


def write(folder: Path, name: str) -> None:
    (folder / f"{name}.md").write_text(f"# {name}\n\nThe falcon of {name} sleeps.\n")


@pytest.fixture
def workspace(make_workspace: Callable[..., Workspace], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose every slice of four passages goes live."""
    for name, value in (("FIRST_PART", 0.0), ("FIRST_AT_ONCE", 4), ("ENCODED_AT_ONCE", 4)):
        monkeypatch.setattr(generations, name, value)
    return make_workspace('[[sources]]\nname = "docs"\npath = "../docs"\ngroups = ["everyone"]\n')


class Watching:
    """Searches whenever a step of encoding is done."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.searcher = workspace, Searcher(workspace)
        self.stages: list[tuple[str, int | None]] = []
        self.seen: list[tuple[int, set[str]]] = []  # how many passages are found, and in which documents
        self.revisions: list[int] = []

    def stage(self, name: str, total: int | None) -> None:
        self.stages.append((name, total))

    def advance(self, steps: int) -> None:
        if self.stages[-1][0] != "encoding" or (live := self.workspace.registry.live()) is None:
            return
        result = self.searcher.search(EVERYTHING)
        assert result.generation == live.id
        self.revisions.append(live.library_revision)
        self.seen.append((len(result.stages["dense"]), {hit.document for hit in result.hits}))


def test_a_first_sync_is_searched_part_by_part_small_documents_first(workspace: Workspace) -> None:
    watching = Watching(workspace)
    done = sync(workspace, [], watching, wait=0)
    assert done.generation is not None
    total = done.generation.passages
    counts = [count for count, _ in watching.seen]
    assert counts == sorted(counts)
    assert counts[0] == 4
    assert len(set(counts)) >= 4
    assert counts[-1] < total
    shorts = {f"docs/short{number}.md" for number in range(5)}
    assert all(found <= shorts for count, found in watching.seen if count <= 5), "the long one comes last"
    assert set(watching.revisions) == {BEFORE_ANY}
    assert [stage for stage in watching.stages if stage[0] == "encoding"] == [("encoding", total)], "one bar for all"
    assert [item.id for item in workspace.registry.generations()] == [done.generation.id], "no part is left"
    assert done.generation.library_revision == Library(workspace.database).revision()
    assert len(watching.searcher.search(EVERYTHING).stages["dense"]) == total
    watching.searcher.close()


def test_a_later_sync_grows_from_what_is_live_and_falls_back_to_it(workspace: Workspace, folder: Path) -> None:
    first = sync(workspace, [], Silent(), wait=0).generation
    assert first is not None
    for number in range(5, 10):
        write(folder, f"short{number}")
    (folder / "short0.md").unlink()
    watching = Watching(workspace)
    second = sync(workspace, [], watching, wait=0).generation
    assert second is not None
    counts = [count for count, _ in watching.seen]
    assert counts[0] == first.passages - 1, "what was removed is not found while the rest is being encoded"
    assert counts[-1] > first.passages
    assert counts[-1] < second.passages == first.passages + 4
    assert [item.id for item in workspace.registry.generations()] == [second.id, first.id]
    assert not any(verdict.damage for verdict in verify_all(workspace))
    watching.searcher.close()


class Stopped(Exception):  # noqa: N818
    """Ends a sync as a kill would, but for what a kill leaves on the disk."""


class Stopping(Silent):
    def __init__(self, after: int) -> None:
        self._left = after

    def advance(self, steps: int) -> None:
        """Stop after so many steps."""
        self._left -= steps
        if self._left < 0:
            raise Stopped


def test_a_part_that_a_stopped_sync_left_is_no_base_for_the_next(workspace: Workspace) -> None:
    with pytest.raises(Stopped):
        sync(workspace, [], Stopping(6 + 6), wait=0)  # files read and passages encoded
    part = workspace.registry.live()
    assert part is not None
    assert 0 < part.passages < 10
    done = bring_up_to_date(workspace, Encoders(workspace), Silent())
    assert done is not None
    store = engine_for(workspace).open(done.id)
    library = Library(workspace.database)
    assert ids_in(store, frozenset({EVERYONE})) == {item.passage.id for item in library.everything()}
    store.close()
    assert done.library_revision == library.revision()


def test_a_rollback_between_two_parts_is_followed(workspace: Workspace, folder: Path) -> None:
    first = sync(workspace, [], Silent(), wait=0).generation
    assert first is not None
    for number in range(5, 10):
        write(folder, f"short{number}")
    went_back: list[str] = []

    class GoingBack(Silent):
        def advance(self, steps: int) -> None:
            """Move the pointer once a part is live, as a rollback does that waits for nobody."""
            live = workspace.registry.live()
            if live is not None and live.id != first.id and not went_back:
                workspace.registry.point(first.id, "rollback", kind="rollback", since=workspace.registry.move())
                went_back.append(live.id)

    done = sync(workspace, [], GoingBack(), wait=0).generation
    assert done is not None
    assert went_back
    assert done.library_revision == Library(workspace.database).revision()
    live = workspace.registry.live()
    assert live is not None
    assert live.id == done.id


def test_a_rebuild_shows_nothing_before_it_is_whole(workspace: Workspace) -> None:
    first = sync(workspace, [], Silent(), wait=0).generation
    assert first is not None
    workspace.vectors.unlink()
    watching = Watching(workspace)
    generations.rebuild(workspace, watching)
    assert {count for count, _ in watching.seen} == {first.passages}
    watching.searcher.close()
