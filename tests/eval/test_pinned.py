"""Models without an index: one is built for the evaluation, beside what is live, and is gone afterwards."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from eval.data.questions import read_questions
from eval.pinned import built_for, generations_of
from eval.retrieval import RetrievalJob, evaluate_retrieval
from eval.runs import EvalRun, list_runs
from hone.errors import HoneError, UsageError
from hone.progress import Progress, Silent
from hone.registry import Generation, Model
from hone.workspace import Workspace
from retriever.encoding.hashing import HashEncoder
from retriever.indexing.beside import build_beside
from tests.agents.workplace import index
from tests.stages import Stages


class Stops(Silent):
    """Interrupts once the first questions are kept."""

    def advance(self, steps: int) -> None:
        if steps:
            raise KeyboardInterrupt


@contextmanager
def quietly() -> Generator[Progress]:
    yield Silent()


@pytest.fixture
def narrow(company_workspace: Workspace) -> Model:
    """A registered model that no index was built with."""
    return company_workspace.registry.register_model("m0001", "hash", HashEncoder(truncate_dim=16).card)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "asked.jsonl"
    record = {"id": "vpn", "question": "how often is the vpn password changed", "gold": [{"document": "wiki/vpn.md"}]}
    file.write_text(f"{json.dumps(record)}\n", encoding="utf-8")
    return file


def evaluated(workspace: Workspace, file: Path, name: str, progress: Progress | None = None) -> EvalRun:
    with built_for(workspace, [name], quietly) as built:
        order = RetrievalJob(
            questions=read_questions(workspace, file), generations=generations_of(workspace, [name]), built=built
        )
        return evaluate_retrieval(workspace, order, progress or Silent())


def there(workspace: Workspace) -> tuple[list[str], list[str]]:
    """Give the generations that the registry and the disk have."""
    folders = sorted(folder.name for folder in workspace.index.iterdir() if folder.name.startswith("g"))
    return sorted(item.id for item in workspace.registry.generations()), folders


def live_of(workspace: Workspace) -> Generation:
    live = workspace.registry.live()
    assert live is not None
    return live


def test_a_model_without_an_index_is_scored_and_leaves_nothing(
    company_workspace: Workspace, narrow: Model, questions: Path
) -> None:
    live, move, before = live_of(company_workspace), company_workspace.registry.move(), there(company_workspace)
    for name in (narrow.id, "m0001"):
        run = evaluated(company_workspace, questions, name)
        settings = run.settings()
        assert settings["built_for_it"] == [settings["generations"][1]["id"]]
        assert settings["generations"][1]["model"] == narrow.id
        (line,) = map(json.loads, run.lines())
        assert f"{narrow.id}:dense" in line["scores"]
        assert f": {narrow.id} (" in (run.folder / "report.html").read_text(encoding="utf-8")
        assert there(company_workspace) == before
    assert (live_of(company_workspace).id, company_workspace.registry.move()) == (live.id, move)


def test_building_it_shows_progress(company_workspace: Workspace, narrow: Model) -> None:
    heard = Stages()

    @contextmanager
    def shown() -> Generator[Progress]:
        yield heard

    with built_for(company_workspace, [narrow.id], shown):
        assert heard.names[:1] == ["encoding"]
        assert "indexing" in heard.names


def test_an_index_that_was_there_before_stays(company_workspace: Workspace, narrow: Model, questions: Path) -> None:
    kept = build_beside(company_workspace, narrow, Silent(), wait=5)
    run = evaluated(company_workspace, questions, narrow.id)
    assert run.settings()["built_for_it"] == []
    assert kept.id in there(company_workspace)[0]


def test_one_that_went_live_meanwhile_stays(company_workspace: Workspace, narrow: Model) -> None:
    with built_for(company_workspace, [narrow.id], quietly) as built:
        (name,) = built
        company_workspace.registry.point(name, "promoted", kind="promotion", since=company_workspace.registry.move())
    assert live_of(company_workspace).id == name
    assert name in there(company_workspace)[1]


def test_an_interrupted_run_goes_on_with_what_was_built_for_it(
    company_workspace: Workspace, narrow: Model, questions: Path
) -> None:
    before = there(company_workspace)
    with pytest.raises(KeyboardInterrupt):
        evaluated(company_workspace, questions, narrow.id, Stops())
    (half,) = list_runs(company_workspace.home)
    (name,) = half.settings()["built_for_it"]
    assert name in there(company_workspace)[1]
    assert evaluated(company_workspace, questions, narrow.id) == half
    assert half.finished
    assert there(company_workspace) == before


def test_once_documents_have_changed_it_is_brought_level_and_nothing_is_left(
    company_workspace: Workspace, narrow: Model, questions: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        evaluated(company_workspace, questions, narrow.id, Stops())
    (company_workspace.home / ".." / "wiki" / "new.md").write_text("# New\n\nA page about the new canteen.\n")
    index(company_workspace)
    run = evaluated(company_workspace, questions, narrow.id)
    live, other = run.settings()["generations"]
    assert other["library_revision"] == live["library_revision"] == run.settings()["library"]["revision"]
    assert run.settings()["built_for_it"] == [other["id"]]
    assert narrow.id not in {item.model.id for item in company_workspace.registry.generations()}


@pytest.mark.parametrize("other", [{}, {"gold": [{"document": "elsewhere.md"}]}])
def test_what_fails_before_a_run_has_begun_leaves_nothing(
    company_workspace: Workspace, narrow: Model, questions: Path, other: dict[str, Any]
) -> None:
    before = there(company_workspace)
    questions.write_text(json.dumps({"id": "x", "question": "what", **other}), encoding="utf-8")
    with pytest.raises(UsageError, match=questions.stem):
        evaluated(company_workspace, questions, narrow.id)
    assert there(company_workspace) == before


def test_a_model_that_was_pruned_is_refused_before_anything_is_built(
    company_workspace: Workspace, narrow: Model, questions: Path
) -> None:
    gone = company_workspace.registry.register_model("m0002", "models/m0002", HashEncoder(truncate_dim=8).card)
    before = there(company_workspace)
    with pytest.raises(HoneError, match="'models/m0002'"):
        evaluated(company_workspace, questions, gone.id)
    with (
        pytest.raises(HoneError, match="'models/m0002'"),
        built_for(company_workspace, [narrow.id, "m0002"], quietly),
    ):
        pass
    assert there(company_workspace) == before
