"""Rerankers: a toy and a real one by the same tests, and searches with one that is slow, broken or damaged."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch

from eval.data.questions import read_questions
from eval.model_selection.models import ModelsJob, evaluate_models
from eval.pinned import generations_of
from eval.retrieval import RetrievalJob, evaluate_retrieval, legs_of
from eval.runs import RetrievedQuestion, read_scores
from hone.errors import HoneError
from hone.progress import Silent
from hone.workspace import Workspace
from retriever.encoding.cross_encoder import CrossEncoderReranker
from retriever.ranking.reranker import Reranker, Reranking, reranker_folder
from retriever.searching.explain import explain
from retriever.searching.searcher import Question, Searcher
from retriever.sources.sync import sync
from tests.retriever.ranking.crossing import make_cross_encoder
from ui.parts.why import why_hit

FALCON = Question(text="where does the falcon sleep", hits=3)


@dataclass(frozen=True, slots=True)
class Shortest:
    """Takes the shortest passage for the best."""

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        return [-float(len(passage)) for passage in passages]


class Broken:
    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        raise RuntimeError("out of memory")


class Unsure:
    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        return [float("nan")] * len(passages)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Does not end before somebody lets it."""

    over: threading.Event

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        self.over.wait()
        return [0.0] * len(passages)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_cross_encoder(tmp_path_factory.mktemp("reranker") / "model")


@pytest.fixture(params=["toy", "cross-encoder"])
def reranker(request: pytest.FixtureRequest, folder: Path) -> Reranker:
    return Shortest() if request.param == "toy" else CrossEncoderReranker(folder, device="cpu")


def test_every_passage_gets_a_score_of_its_own_whatever_stands_beside_it(reranker: Reranker) -> None:
    passages = ["the falcon sleeps", "mice are fed in the morning, and in the evening", "", "the falcon sleeps"]
    scores = list(reranker.score("where is the falcon", passages))
    assert len(scores) == len(passages)
    assert scores[0] == pytest.approx(scores[3], abs=1e-5)
    assert len({round(score, 4) for score in scores[:3]}) == 3
    assert list(reranker.score("where is the falcon", passages[1:2])) == pytest.approx(scores[1:2], abs=1e-4)
    assert list(reranker.score("where is the falcon", [])) == []


def test_only_the_first_are_read_and_their_order_is_by_score_then_as_it_was(reranker: Reranker) -> None:
    texts = {"a": "some longer text", "b": "short", "c": "a text", "d": "x"}
    reranking = Reranking(lambda: reranker, lambda ids: {name: texts[name] for name in ids}, first=3, seconds=60)
    found = reranking.reread("text", list(texts))
    scores = dict(zip("abc", reranker.score("text", [texts[name] for name in "abc"]), strict=True))
    assert [hit.id for hit in found.hits] == sorted(scores, key=lambda name: -scores[name])
    assert {hit.id: hit.score for hit in found.hits} == pytest.approx(scores, abs=1e-4)
    reranking.close()


def test_a_cross_encoder_says_what_its_weights_say(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(make_cross_encoder(tmp_path / "constant", bias=-3.5), device="cpu")
    assert reranker.score("where", ["here", "there"]) == pytest.approx([-3.5, -3.5])
    reranking = Reranking(lambda: reranker, lambda ids: dict.fromkeys(ids, "a text"), first=9, seconds=60)
    assert [hit.id for hit in reranking.reread("where", ["b", "c", "a"]).hits] == ["b", "c", "a"]
    reranking.close()


def test_a_folder_that_lacks_weights_is_refused(tmp_path: Path) -> None:
    tensors: Any = safetensors.torch  # its types are partly unknown
    weights = make_cross_encoder(tmp_path / "headless") / "model.safetensors"
    stored = tensors.load_file(weights)
    tensors.save_file({name: item for name, item in stored.items() if "classifier" not in name}, weights)
    with pytest.raises(HoneError, match="classifier"):
        CrossEncoderReranker(weights.parent, device="cpu")


@pytest.fixture
def searcher(make_workspace: Callable[..., Workspace], tmp_path: Path, folder: Path) -> Searcher:
    (tmp_path / "wiki").mkdir()
    for number, more in enumerate(
        ("", " It wakes at dawn.", " It sleeps long and seldom wakes before the dawn comes.")
    ):
        (tmp_path / "wiki" / f"{number}.md").write_text(f"# Falcon {number}\n\nThe falcon sleeps.{more}\n")
    workspace = make_workspace(
        '[[sources]]\nname = "wiki"\npath = "../wiki"\ngroups = ["everyone"]\n'
        f'[search]\nreranker = "{folder}"\nrerank_seconds = 60\n'
    )
    sync(workspace, [], Silent(), wait=0)
    return Searcher(workspace)


def rerank_with(searcher: Searcher, reranker: Reranker, seconds: float = 60) -> None:
    def texts(ids: Sequence[str]) -> dict[str, str]:
        return {name: placed.passage.text for name, placed in searcher.library.place(ids).items()}

    searcher.reranking = Reranking(lambda: reranker, texts, first=2, seconds=seconds)


def test_a_search_shows_logs_and_explains_the_reranked_order(searcher: Searcher) -> None:
    rerank_with(searcher, Shortest())
    result = searcher.search(FALCON)
    fused, reranked = ([name for name, _ in result.stages[stage]] for stage in ("fused", "reranked"))
    texts = {hit.passage: hit.text for hit in result.hits}
    assert reranked == sorted(fused[:2], key=lambda name: len(texts[name]))
    assert [hit.passage for hit in result.hits] == [*reranked, *fused[2:]]
    worth = [score for _, score in result.stages["fused"]]
    assert [hit.score for hit in result.hits] == worth, "a place is worth what it was, whoever takes it"
    assert [hit.channels["reranked"].rank for hit in result.hits[:2]] == [1, 2]
    assert "reranked" not in result.hits[2].channels
    assert "rerank" in result.took_ms
    assert searcher.workspace.log.search(result.search_id).search.stages["reranked"][0][0] == reranked[0]
    explained = explain(searcher, FALCON, result.hits[0].document)
    assert explained.channels["reranked"].rank == 1
    assert len(why_hit(result.hits[0], FALCON.text)) == len(why_hit(result.hits[2], FALCON.text)) + 1
    searcher.close()


@pytest.mark.parametrize("broken", [Broken(), Unsure(), Waiting(threading.Event())])
def test_a_reranker_that_fails_or_takes_too_long_costs_the_order_alone(searcher: Searcher, broken: Reranker) -> None:
    searcher.reranking = None
    plain = searcher.search(FALCON)
    rerank_with(searcher, broken, seconds=0.05 if isinstance(broken, Waiting) else 60)
    result = searcher.search(FALCON)
    assert [hit.passage for hit in result.hits] == [hit.passage for hit in plain.hits]
    assert result.stages == plain.stages
    assert len(result.notices) == len(plain.notices) + 1
    if isinstance(broken, Waiting):
        broken.over.set()
    searcher.close()


def test_a_damaged_folder_is_said_at_each_search_and_refused_by_an_evaluation(
    searcher: Searcher, tmp_path: Path
) -> None:
    workspace = searcher.workspace
    settings = workspace.settings.search.model_copy(update={"reranker": str(tmp_path / "gone")})
    workspace.settings = workspace.settings.model_copy(update={"search": settings})
    damaged = Searcher(workspace)
    assert [len(damaged.search(FALCON).notices) for _ in range(2)] == [1, 1]
    damaged.close()
    with pytest.raises(HoneError, match="gone"):
        evaluate_retrieval(workspace, order_for(workspace, tmp_path), Silent())
    searcher.close()


def test_an_evaluation_has_the_reranked_order_as_a_leg(searcher: Searcher, tmp_path: Path) -> None:
    workspace = searcher.workspace
    assert legs_of(workspace) == ("page", "reranked", "fused", "dense", "bm25")
    run = evaluate_retrieval(workspace, order_for(workspace, tmp_path), Silent())
    (line,) = read_scores(run, RetrievedQuestion)
    served = next(iter(searcher.search_all([FALCON])))
    assert line.top["reranked"] == line.top["page"] == [hit.document for hit in served.hits]
    assert run.settings()["search"]["reranker_hash"]
    assert reranker_folder(workspace).is_dir()
    searcher.close()


def test_models_are_compared_by_the_order_that_people_get(searcher: Searcher, tmp_path: Path) -> None:
    workspace = searcher.workspace
    order = order_for(workspace, tmp_path, "where does the falcon sleep", "dawn", "seldom wakes", "long", "falcon 2")
    served = {
        line.id: line.top for line in read_scores(evaluate_retrieval(workspace, order, Silent()), RetrievedQuestion)
    }
    run = evaluate_models(workspace, ModelsJob(questions=order.questions, models=()), Silent()).run
    live = run.settings()["models"][0]["name"]
    found = {line.id: line.top for line in read_scores(run, RetrievedQuestion)}
    assert {name: top[f"{live}:reranked"] for name, top in found.items()} == {
        n: t["reranked"] for n, t in served.items()
    }
    assert {name: top[f"{live}:fused"] for name, top in found.items()} == {n: t["fused"] for n, t in served.items()}
    assert any(top["reranked"] != top["fused"] for top in served.values()), "a reranker that decides nothing"
    assert [next(iter(top)) for top in found.values()] == [f"{live}:reranked"] * len(found)
    assert run.settings()["reranker_hash"]
    searcher.close()


def order_for(workspace: Workspace, tmp_path: Path, *asks: str) -> RetrievalJob:
    asked, gold = tmp_path / "asked.jsonl", [{"document": "wiki/0.md"}]
    records = [{"id": ask, "question": ask, "gold": gold} for ask in asks or ("where does the falcon sleep",)]
    asked.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return RetrievalJob(questions=read_questions(workspace, asked), generations=generations_of(workspace, ()))
