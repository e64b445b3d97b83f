"""What was altered in library.db is found, not shown, and read again."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hone.errors import HoneError
from hone.progress import Silent
from hone.workspace import Workspace
from retriever.library.librarian import Librarian
from retriever.library.library import Library, alterations
from retriever.searching.searcher import Question, Searcher
from retriever.sources.sync import sync

LEAVE = Question(text="how many days of leave")
SAME = "The leave is thirty days.\n\n"


@pytest.fixture
def workspace(make_workspace: Callable[..., Workspace], tmp_path: Path) -> Workspace:
    (tmp_path / "docs").mkdir()
    for name in ("leave", "notice"):
        (tmp_path / "docs" / f"{name}.md").write_text(f"# {name}\n\nThe {name} is thirty days.\n")
    # Alike passages have numbers, and a passage knows the headings above it.
    (tmp_path / "docs" / "again.md").write_text("# again\n\n" + "".join(f"## same\n\n{SAME * 40}" for _ in range(3)))
    workspace = make_workspace('[[sources]]\nname = "docs"\npath = "../docs"\ngroups = ["everyone"]\n')
    sync(workspace, [], Silent(), wait=0)
    return workspace


def change(workspace: Workspace, statement: str) -> None:
    with closing(sqlite3.connect(workspace.home / "library.db")) as connection, connection:
        assert connection.execute(statement).rowcount == 1


def altered(workspace: Workspace) -> list[str]:
    return [item.document for item in alterations(workspace.database, Silent())]


CHANGES = {
    "the text of a passage": "UPDATE passages SET text = replace(text, 'thirty', 'thirsty') WHERE document = '{}'",
    "its heading": "UPDATE passages SET heading = '[\"other\"]' WHERE document = '{}'",
    "a heading that is no JSON": "UPDATE passages SET heading = '[oops' WHERE document = '{}'",
    "its place": 'UPDATE passages SET "end" = "end" - 1 WHERE document = \'{}\'',
    "the text of the document": "UPDATE documents SET text = replace(text, 'thirty', 'thirsty') WHERE id = '{}'",
    "its hash": "UPDATE documents SET text_hash = replace(text_hash, substr(text_hash, 1, 1), 'x') WHERE id = '{}'",
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_is_altered_is_named_and_read_again(workspace: Workspace, what: str) -> None:
    assert altered(workspace) == []
    change(workspace, CHANGES[what].format("docs/leave.md"))
    assert altered(workspace) == ["docs/leave.md"]
    sync(workspace, [], Silent(), wait=0)
    assert altered(workspace) == ["docs/leave.md"], "its file has not changed"
    Librarian(workspace.database).distrust(["docs/leave.md"])
    sync(workspace, [], Silent(), wait=0)
    assert altered(workspace) == []
    searcher = Searcher(workspace)
    assert "docs/leave.md" in {hit.document for hit in searcher.search(LEAVE).hits}
    searcher.close()


@pytest.mark.parametrize("what", ["the text of a passage", "its heading", "a heading that is no JSON"])
def test_an_altered_passage_is_not_shown_and_the_log_names_it(
    workspace: Workspace, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    change(workspace, CHANGES[what].format("docs/leave.md"))
    searcher = Searcher(workspace)
    result = searcher.search(LEAVE)
    searcher.close()
    assert {hit.document for hit in result.hits} == {"docs/notice.md", "docs/again.md"}
    if what != "a heading that is no JSON":
        assert ["leave.md" in notice and "hone verify" in notice for notice in result.notices] == [True]
        assert "docs/leave.md" in caplog.text
    assert "altered" in caplog.text or "can't be read" in caplog.text


def test_nobody_hears_of_an_altered_document_that_they_may_not_read(workspace: Workspace) -> None:
    change(workspace, CHANGES["the text of a passage"].format("docs/leave.md"))
    change(workspace, "UPDATE documents SET groups = '[\"hr\"]' WHERE id = 'docs/leave.md'")
    searcher = Searcher(workspace)
    assert searcher.search(LEAVE).notices == ()
    searcher.close()


def test_an_altered_document_is_not_opened(workspace: Workspace) -> None:
    library = Library(workspace.database)
    assert "thirty" in library.text("docs/leave.md")
    change(workspace, CHANGES["the text of the document"].format("docs/leave.md"))
    with pytest.raises(HoneError, match=r"docs/leave\.md") as raised:
        library.text("docs/leave.md")
    assert "--reread docs/leave.md" in raised.value.hint
