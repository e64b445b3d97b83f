"""A third leg is a file and a row: a toy one, by words of the title, passes through everything that ranks."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from eval.data.questions import read_questions
from eval.measures import parse_measure
from eval.pinned import generations_of
from eval.records import GoldFinder
from eval.retrieval import Owners, RetrievalJob, evaluate_retrieval, legs_of
from eval.runs import RetrievedQuestion, read_scores
from hone.progress import Silent
from hone.records import EVERYONE, Asker
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.ranking.fusion import weighing_of
from retriever.ranking.leg import Leg, Query, Scorer
from retriever.ranking.legs import LEGS
from retriever.ranking.rank import rank
from retriever.ranking.sources import FunctionSource, MatrixSource
from retriever.ranking.words import analyse
from retriever.searching.explain import explain
from retriever.searching.searcher import Question, Searcher, query_of
from retriever.sources.sync import sync
from training.gate.heldout import Bench, HeldOut, ask_both
from training.lesson.dev_sampling import Serving, leg_scores
from training.pairs.passages import read_passages
from ui.parts.why import why_hit

GAUNTLET = Question(text="gauntlet", asker=Asker(name="ana"))
HR = Asker(name="bo", groups=frozenset({"hr"}))


def by_title(workspace: Workspace) -> Scorer:
    """Score a passage by how many of the question's words its document's title has; it knows no permissions."""

    def scores(query: Query) -> Mapping[str, float]:
        asked, found = set(query.words.split()), dict[str, float]()
        for placed in Library(workspace.database).everything():
            if shared := asked & set(analyse(placed.document.title).split()):
                found[placed.passage.id] = float(len(shared))
        return found

    return scores


TITLE = Leg(name="title", label="Title", weight=50.0, open=by_title)


@pytest.fixture
def searcher(
    make_workspace: Callable[..., Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Searcher]:
    texts = {
        "wiki/a": "# Wear\n\nThe gauntlet is of leather.",
        "wiki/b": "# Gauntlet\n\nFor the left hand.",
        "hr/c": "# Gauntlet\n\nWho gets one.",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.md").write_text(text + "\n")
    workspace = make_workspace(
        '[[sources]]\nname = "wiki"\npath = "../wiki"\ngroups = ["everyone"]\n'
        '[[sources]]\nname = "hr"\npath = "../hr"\ngroups = ["hr"]\n[people.bo]\ngroups = ["hr"]\n'
    )
    sync(workspace, [], Silent(), wait=0)
    monkeypatch.setitem(LEGS, TITLE.name, TITLE)
    searcher = Searcher(workspace)
    yield searcher
    searcher.close()


def test_a_search_ranks_by_it_logs_it_and_tells_it(searcher: Searcher) -> None:
    result = searcher.search(GAUNTLET)
    hits = {hit.document: hit for hit in result.hits}
    assert result.hits[0].document == "wiki/b.md"
    assert hits["wiki/b.md"].channels["title"].score == 1.0
    assert hits["wiki/b.md"].score > TITLE.weight > hits["wiki/a.md"].score
    assert searcher.workspace.log.search(result.search_id).search.stages["title"] == result.stages["title"]
    assert explain(searcher, GAUNTLET, "wiki/b.md").channels["title"].rank == 1
    assert "title" not in explain(searcher, GAUNTLET, "wiki/a.md").channels
    assert TITLE.label in {line["stage"] for line in why_hit(result.hits[0], "gauntlet")}


def test_what_it_finds_counts_for_those_alone_who_may_read_it(searcher: Searcher) -> None:
    for asker, documents in ((GAUNTLET.asker, {"wiki/b.md"}), (HR, {"wiki/b.md", "hr/c.md"})):
        result = searcher.search(Question(text="gauntlet", asker=asker))
        found = searcher.library.owners([name for name, _ in result.stages["title"]])
        assert set(found.values()) == documents
    assert "hr/c.md" not in {hit.document for hit in searcher.search(GAUNTLET).hits}


def test_nothing_counts_where_no_leg_knows_permissions(searcher: Searcher) -> None:
    with searcher.live.current() as opened:
        legs = {"title": FunctionSource(lambda _: {"p": 1.0})}
        (ranked,) = rank([query_of(GAUNTLET, None)], legs, weighing_of(opened.generation))
    assert ranked.order == ()
    assert ranked.stages["title"] == ()


def test_evaluation_and_gate_score_it(searcher: Searcher, tmp_path: Path) -> None:
    workspace = searcher.workspace
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"id": "q", "question": "gauntlet", "gold": [{"document": "wiki/b.md"}]}\n')
    questions = read_questions(workspace, asked)
    order = RetrievalJob(
        questions=questions, generations=generations_of(workspace, ()), measures=(parse_measure("RR@10"),)
    )
    (line,) = read_scores(evaluate_retrieval(workspace, order, Silent()), RetrievedQuestion)
    assert legs_of(workspace)[-1] == "title"
    assert line.scores["title"]["RR@10"] == line.scores["fused"]["RR@10"] == 1.0
    assert line.top["title"] == ["wiki/b.md"]
    (question,) = questions.questions
    known = GoldFinder(Library(workspace.database)).find(question)
    held = HeldOut(question=question, known=known, cluster="q", slices={})
    bench = Bench(live=searcher, candidate=searcher, owners=Owners(Library(workspace.database)), shown=10)
    (scored,) = ask_both(bench, [held], lambda _: None)
    assert scored.live.scores["title RR@10"] == 1.0


def test_development_questions_have_its_scores(searcher: Searcher) -> None:
    with searcher.live.current() as opened:
        weighing = weighing_of(opened.generation)
        serving = Serving(
            encoder=opened.encoder,
            store=opened.store,
            background=weighing.background,
            weights=weighing.weights,
            scorers={TITLE.name: by_title(searcher.workspace)},
        )
        passages = read_passages(searcher.workspace, opened.encoder)
        scores = leg_scores(["gauntlet"], passages, serving)
    assert scores.keys() == {"bm25", "title"}
    assert scores["title"].sum() == 1.0
    assert passages.groups == {EVERYONE}


def test_a_matrix_ranks_as_the_store_does(searcher: Searcher) -> None:
    with searcher.live.current() as opened:
        vector = opened.encoder.encode_queries([GAUNTLET.text])[0]
        passages = read_passages(searcher.workspace, opened.encoder)
        matrix = MatrixSource(scores=vector[None, :] @ passages.vectors.T, rows=passages.rows)
        sources = searcher.sources(opened)
        query, weighing = query_of(GAUNTLET, vector), weighing_of(opened.generation)
        (here,) = rank([query], {**sources, "dense": matrix}, weighing)
        (there,) = rank([query], sources, weighing)
    assert [hit.id for hit in here.order] == [hit.id for hit in there.order]
    assert np.array([hit.score for hit in here.order]) == pytest.approx([hit.score for hit in there.order], abs=1e-4)
