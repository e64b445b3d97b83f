"""The gate's permission check: silent where the filter holds, and heard where it does not."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hone.progress import Silent
from hone.records import Asker
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.indexing.generations import rebuild
from retriever.library.librarian import Librarian
from retriever.ranking.rank import DEPTH, Ranked, Timed
from retriever.searching.live import OpenIndex
from retriever.searching.searcher import Question, Searcher
from tests.training.gate.office import SAID, documents, passage_of
from training.gate.permission import foreign, make_probe, permission
from training.gate.rules import RULES

SECRET = 4  # what people earn
HR = Asker(name="ana", groups=frozenset({"hr"}))


class Leaking(Searcher):
    """Asks the index as somebody from HR would, whoever asks: as one whose filter was forgotten."""

    def rank(
        self,
        question: Question,
        vector: NDArray[np.float32],
        opened: OpenIndex,
        depth: int = DEPTH,
        timed: Timed = lambda _: nullcontext(),
    ) -> Ranked:
        return super().rank(replace(question, asker=HR), vector, opened, depth, timed)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    home: Path = tmp_path_factory.mktemp("closed") / "home"
    home.mkdir()
    (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\n[people.ana]\ngroups = ["hr"]\n', encoding="utf-8")
    workspace = Workspace(read_settings(home))
    made = documents()
    made[SECRET] = replace(made[SECRET], document=replace(made[SECRET].document, groups=frozenset({"hr"})))
    Librarian(workspace.database).put(made)
    rebuild(workspace, Silent())
    yield workspace
    workspace.close()


def checked(*searchers: Searcher) -> tuple[bool, str]:
    library, settings = searchers[0].library, searchers[0].workspace.settings
    (check,) = permission(searchers, make_probe(settings, library, [asked for asked, _ in SAID], RULES)).checks
    for searcher in searchers:
        searcher.close()
    return check.passed, check.says


def test_where_the_filter_holds_it_passes(workspace: Workspace) -> None:
    passed, says = checked(Searcher(workspace), Searcher(workspace))
    assert passed
    assert "Nobody is shown what they may not read" in says


def test_a_candidate_that_shows_what_its_asker_may_not_read_is_refused(workspace: Workspace) -> None:
    passed, says = checked(Searcher(workspace), Leaking(workspace))
    assert not passed
    assert f"the first {passage_of(SECRET)} to nobody in particular in " in says
    assert "hone index rebuild" in says


def test_a_page_that_shows_it_is_found_too(workspace: Workspace) -> None:
    searcher = Searcher(workspace)
    results = list(searcher.search_all([Question(text="Salaries are paid", asker=HR)]))
    searcher.close()
    found = [item for item in foreign(results, Asker(), searcher.library) if item.stage == "page"]
    assert [item.passage for item in found] == [passage_of(SECRET)]
    assert list(foreign(results, HR, searcher.library)) == []
