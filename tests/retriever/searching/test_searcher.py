from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hone.errors import UsageError
from hone.progress import Silent
from hone.records import Asker, Filters
from hone.workspace import Workspace
from retriever.library.librarian import Librarian
from retriever.searching.explain import explain
from retriever.searching.searcher import LONGEST_QUERY, Question, Searcher, point_filter
from retriever.sources.sync import sync

HR = Asker(name="ana", groups=frozenset({"hr"}))
FALCON = Question(text="where does the falcon sleep", asker=HR)


@pytest.fixture
def searcher(make_workspace: Callable[..., Workspace], tmp_path: Path) -> Searcher:
    for name in ("wiki", "hr"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text(f"# {name}\n\nThe falcon of {name} sleeps.\n")
    workspace = make_workspace(
        '[[sources]]\nname = "wiki"\npath = "../wiki"\ngroups = ["everyone"]\n'
        '[[sources]]\nname = "hr"\npath = "../hr"\ngroups = ["hr"]\n'
    )
    sync(workspace, [], Silent(), wait=0)
    return Searcher(workspace)


def test_what_was_taken_away_or_removed_is_gone_from_every_stage_at_once(searcher: Searcher) -> None:
    before = searcher.search(FALCON)
    assert {hit.document for hit in before.hits} == {"hr/a.md", "wiki/a.md"}
    librarian = Librarian(searcher.workspace.database)
    closed = [replace(kept, groups=frozenset({"board"})) for kept in searcher.library.kept("hr").values()]
    librarian.restate(closed)
    after = searcher.search(FALCON)
    own = {hit.passage for hit in before.hits if hit.document == "wiki/a.md"}
    assert after.generation == before.generation
    assert {hit.passage for hit in after.hits} == own
    assert all({name for name, _ in ranked} == own for ranked in after.stages.values())
    logged = searcher.workspace.log.search(after.search_id).search
    assert all({name for name, _ in ranked} == own for ranked in logged.stages.values())
    assert explain(searcher, FALCON, "hr/a.md").outcome == "not permitted"

    librarian.remove(["wiki/a.md"])
    empty = searcher.search(FALCON)
    assert empty.hits == ()
    assert not any(empty.stages.values())
    assert explain(searcher, FALCON, "wiki/a.md").outcome == "unknown"
    searcher.close()


def test_the_pages_length_and_one_documents_share_come_from_the_question(searcher: Searcher) -> None:
    assert len(searcher.search(Question(text="falcon", asker=HR, hits=1)).hits) == 1
    (both,) = searcher.search_all([Question(text="falcon", asker=HR, hits=5, per_document=1)])
    assert len(both.hits) == 2
    searcher.close()


def test_a_batch_is_not_logged_and_each_of_its_questions_keeps_its_asker(searcher: Searcher) -> None:
    results = list(searcher.search_all([FALCON, Question(text=FALCON.text), FALCON]))
    assert [len(result.hits) for result in results] == [2, 1, 2]
    assert searcher.workspace.log.counts().searches == 0
    searcher.close()


def test_permission_comes_from_the_asker_and_never_from_the_filters() -> None:
    wanted = point_filter(Asker(groups=frozenset({"it"})), Filters(sources=frozenset({"hr"})))
    assert wanted.groups == {"it", "everyone"}
    assert wanted.sources == {"hr"}


@pytest.mark.parametrize("text", ["", " \n\t ", "x" * (LONGEST_QUERY + 1)])
def test_what_can_not_be_searched_for_is_refused(make_workspace: Callable[..., Workspace], text: str) -> None:
    searcher = Searcher(make_workspace())
    with pytest.raises(UsageError):
        searcher.search(Question(text=text))
    with pytest.raises(UsageError):
        list(searcher.search_all([Question(text=text)]))


@pytest.fixture
def long_page(make_workspace: Callable[..., Workspace], tmp_path: Path) -> Searcher:
    (tmp_path / "wiki").mkdir()
    sections = [f"## Falcon {name}\n\n{f'The falcon of the {name} sleeps in the {name}. ' * 20}" for name in PLACES]
    (tmp_path / "wiki" / "long.md").write_text("# Falcons\n\n" + "\n\n".join(sections))
    (tmp_path / "wiki" / "short.md").write_text("# Owls\n\nThe owl sleeps.\n")
    workspace = make_workspace('[[sources]]\nname = "wiki"\npath = "../wiki"\ngroups = ["hr"]\n')
    sync(workspace, [], Silent(), wait=0)
    return Searcher(workspace)


PLACES = ("north", "south", "east", "west", "middle")


def test_looking_inside_brings_more_of_the_best_documents_in_order_of_score(long_page: Searcher) -> None:
    asked = Question(text="where does the falcon of the north sleep", asker=HR)
    (page, more) = long_page.search_all([asked, replace(asked, within=1)])
    of_long = [hit for hit in more.hits if hit.document == "wiki/long.md"]
    assert sum(hit.document == "wiki/long.md" for hit in page.hits) == 2
    assert len(of_long) == 4
    assert {hit.passage for hit in page.hits} < {hit.passage for hit in more.hits}
    assert [hit.score for hit in more.hits] == sorted((hit.score for hit in more.hits), reverse=True)
    assert [hit.rank for hit in more.hits] == list(range(1, len(more.hits) + 1))
    assert more.hits[0].passage == page.hits[0].passage


def test_looking_inside_shows_nobody_what_they_may_not_read(long_page: Searcher) -> None:
    (nothing,) = long_page.search_all([Question(text="falcon", within=4)])
    assert nothing.hits == ()
