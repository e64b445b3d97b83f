"""Pages whose neighbours change places: how often, how far, and never where nobody looks."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hone.log.optouts import OptOuts
from hone.log.rows import LoggedSearch, shuffle_in
from hone.progress import Silent
from hone.records import SearchResult
from hone.workspace import Workspace
from retriever.searching.page import PAGE, draw, shuffled
from retriever.searching.searcher import Question, Searcher
from retriever.sources.sync import sync

LISTED = Question(text="where does the falcon sleep", listed=True)


@pytest.fixture
def make_searcher(make_workspace: Callable[..., Workspace], tmp_path: Path) -> Callable[[str], Searcher]:
    def make(training: str) -> Searcher:
        (tmp_path / "wiki").mkdir()
        for number in range(12):
            words = " ".join(f"word{number}x{place}" for place in range(12))
            (tmp_path / "wiki" / f"{number}.md").write_text(f"# Falcon {number}\n\nThe falcon sleeps {words}.\n")
        workspace = make_workspace(f'{training}\n[[sources]]\nname = "wiki"\npath = "../wiki"\ngroups = ["everyone"]\n')
        sync(workspace, [], Silent(), wait=0)
        return Searcher(workspace)

    return make


def passages(result: SearchResult) -> list[str]:
    return [hit.passage for hit in result.hits]


def order_of(result: SearchResult) -> list[str]:
    return [name for name, _ in result.stages[PAGE]]


def logged(searcher: Searcher, result: SearchResult) -> LoggedSearch:
    return searcher.workspace.log.search(result.search_id).search


def test_nothing_changes_where_no_share_is_set(make_searcher: Callable[[str], Searcher]) -> None:
    searcher = make_searcher("")
    (plain,) = searcher.search_all([LISTED])
    results = [searcher.search(LISTED) for _ in range(20)]
    assert all(result.hits == plain.hits and result.stages == plain.stages for result in results)
    assert logged(searcher, results[0]).attributes == {}
    searcher.close()


def test_of_the_pages_that_people_look_down_a_share_is_shuffled_and_logged(
    make_searcher: Callable[[str], Searcher],
) -> None:
    searcher = make_searcher("[training]\nshuffled = 0.2")
    (plain,) = searcher.search_all([LISTED])
    results = [searcher.search(LISTED) for _ in range(150)]
    moved = [result for result in results if result.shuffle]
    assert 10 < len(moved) < 55
    assert all(result.hits == plain.hits for result in results if not result.shuffle)
    for result in moved:
        assert order_of(result) == passages(plain)
        assert [hit.rank for hit in result.hits] == list(range(1, 11))
        assert all(abs(hit.channels[PAGE].rank - hit.rank) <= 1 for hit in result.hits)
        found = logged(searcher, result)
        assert (list(found.shown), shuffle_in(found.attributes)) == (passages(result), result.shuffle)
        assert found.stages[PAGE][0][0] == passages(plain)[0]
    assert any(passages(result) != passages(plain) for result in moved)
    searcher.close()


def test_what_is_not_looked_down_or_not_learned_from_stays_in_order(make_searcher: Callable[[str], Searcher]) -> None:
    searcher = make_searcher('[training]\nshuffled = 0.2\nopted_out = ["ana"]')
    (plain,) = searcher.search_all([LISTED])
    asked = replace(LISTED, listed=False)  # as an ask does
    theirs = replace(LISTED, asker=replace(LISTED.asker, name="ana"))
    OptOuts(searcher.workspace.log_database).add("bo")
    said = replace(LISTED, asker=replace(LISTED.asker, name="bo"))
    assert all(searcher.search(question).hits == plain.hits for question in [asked, theirs, said] * 25)
    assert all(result.hits == plain.hits for result in searcher.search_all([LISTED] * 50))
    searcher.close()


def test_a_search_is_drawn_by_its_id_alone_and_pairs_are_inside_the_page() -> None:
    assert draw("s1", 10, 0.2) == draw("s1", 10, 0.2)
    drawn = [found for number in range(4000) if (found := draw(f"s{number}", 10, 0.2))]
    assert len(drawn) == pytest.approx(800, abs=90)
    assert {(found.first, len(found.swapped)) for found in drawn} == {(1, 5), (2, 4)}
    coins = [coin for found in drawn for coin in found.swapped]
    assert sum(coins) / len(coins) == pytest.approx(0.5, abs=0.04)
    long = [draw(f"s{number}", 50, 1) for number in range(200)]
    assert {len(found.swapped) for found in long if found} == {4, 5}
    assert draw("s1", 1, 1) is None


def test_a_swap_takes_a_hit_to_the_neighbouring_place(make_searcher: Callable[[str], Searcher]) -> None:
    searcher = make_searcher("")
    (plain,) = searcher.search_all([LISTED])
    name = next(f"s{number}" for number in range(999) if (d := draw(f"s{number}", 10, 1)) and d.swapped == (True,) * 5)
    result = shuffled(replace(plain, search_id=name), 1)
    before = passages(plain)
    assert passages(result) == [before[place ^ 1] for place in range(10)]
    searcher.close()


@pytest.mark.parametrize(
    "attributes",
    [{}, {"hone": 3}, {"hone": {"shuffle": None}}, {"hone": {"shuffle": {"first": 0, "swapped": [True]}}}],
)
def test_what_an_import_claims_is_taken_only_if_it_makes_sense(attributes: dict[str, object]) -> None:
    assert shuffle_in(attributes) is None
