"""Retrieval scored as deployed: against ir-measures on the same hits, with permissions, gaps and interruptions."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import ir_measures
import pytest

from eval.data.questions import read_questions
from eval.measures import parse_measure
from eval.pinned import generations_of
from eval.retrieval import RetrievalJob, evaluate_retrieval, legs_of, systems_for
from eval.runs import SCORES, EvalRun, RetrievedQuestion, list_runs, read_scores
from eval.summary import summarise
from hone.errors import HoneError, UsageError
from hone.progress import Silent
from hone.records import Asker
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.indexing.generations import rebuild
from retriever.searching.searcher import Question

HONE = Path(sys.executable).parent / "hone"
HR = Asker(name="bo", groups=frozenset({"hr"}))
QUESTIONS: list[dict[str, Any]] = [
    {"id": "vpn", "question": "how often is the vpn password changed", "gold": [{"document": "wiki/vpn.md"}]},
    {
        "id": "lunch",
        "question": "what does lunch cost",
        "history": [["user", "i am hungry"]],
        "gold": [{"document": "canteen.md"}],  # a path, not an id
    },
    {
        "id": "laptops",
        "question": "after how many months are laptops exchanged",
        "gold": [{"document": "wiki/laptops-2026.md", "grade": 2}, {"document": "wiki/laptops-2024.md"}],
        "tags": ["superseded"],
    },
    {"id": "secret", "question": "severance budget", "asker": "bo", "gold": [{"document": "hr/severance.md"}]},
    {"id": "denied", "question": "severance budget", "asker": "ana", "gold": [{"document": "hr/severance.md"}]},
    {
        "id": "gone",
        "question": "parking garage",
        "gold": [{"document": "wiki/parking.md"}, {"document": "wiki/old.md"}],
    },
    {"id": "unknown", "question": "who won the match", "answerable": False},
]


def written(folder: Path, records: Sequence[dict[str, Any]] = QUESTIONS) -> Path:
    file = folder / "questions.jsonl"
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return file


def order_for(workspace: Workspace, file: Path, *measures: str, models: Sequence[str] = ()) -> RetrievalJob:
    return RetrievalJob(
        questions=read_questions(workspace, file),
        generations=generations_of(workspace, models),
        measures=tuple(map(parse_measure, measures or ("nDCG@10", "R@20", "RR@10"))),
        legs=legs_of(workspace),
    )


def evaluated(workspace: Workspace, file: Path, *measures: str, models: Sequence[str] = ()) -> EvalRun:
    return evaluate_retrieval(workspace, order_for(workspace, file, *measures, models=models), Silent())


def lines_of(run: EvalRun) -> dict[str, RetrievedQuestion]:
    return {line.id: line for line in read_scores(run, RetrievedQuestion)}


def test_scores_are_those_of_ir_measures_on_the_same_hits(company_workspace: Workspace, tmp_path: Path) -> None:
    run = evaluated(company_workspace, written(tmp_path))
    lines = lines_of(run)
    scored = {name: line for name, line in lines.items() if line.gold}
    known = {name: {document: int(grade) for document, grade in line.gold.items()} for name, line in scored.items()}
    searcher = open_searcher(company_workspace)
    found: dict[str, dict[str, dict[str, float]]] = {"page": {}, "fused": {}, "dense": {}, "bm25": {}}
    for record in QUESTIONS:
        asker = {"bo": HR, "ana": Asker(name="ana")}.get(record.get("asker", ""), Asker())
        (result,) = searcher.search_all([Question(text=record["question"], asker=asker)])
        found["page"][record["id"]] = {hit.document: 1 / hit.rank for hit in result.hits}
        placed = searcher.library.place([name for order in result.stages.values() for name, _ in order])
        for stage, order in result.stages.items():
            best: dict[str, float] = {}
            for rank, (name, _) in enumerate(order, 1):
                best.setdefault(placed[name].document.id, 1 / rank)
            found[stage][record["id"]] = best
    searcher.close()
    for system, ranked in found.items():
        measures = [ir_measures.nDCG @ 10, ir_measures.R @ 20, ir_measures.RR @ 10]
        for item in cast(Any, ir_measures).iter_calc(measures, known, ranked):
            score = lines[item.query_id].scores[system][str(item.measure)]
            assert score == pytest.approx(item.value, abs=1e-6), (system, item)
    # The older page, of grade 1, stands before the newer, of grade 2: (1 + 2/log₂3) / (2 + 1/log₂3).
    assert scored["laptops"].scores["page"]["nDCG@10"] == pytest.approx(0.859719)


def test_permission_decides_what_is_found_and_a_forbidden_gold_is_named(
    company_workspace: Workspace, tmp_path: Path
) -> None:
    lines = lines_of(evaluated(company_workspace, written(tmp_path)))
    assert lines["secret"].scores["page"]["RR@10"] == 1.0
    assert all(score == 0 for scores in lines["denied"].scores.values() for score in scores.values())
    assert all("hr/severance.md" not in top for top in lines["denied"].top.values())
    assert lines["denied"].forbidden == ("hr/severance.md",)
    assert lines["secret"].forbidden == ()


def test_what_is_left_out_or_lacking_is_counted_and_named(company_workspace: Workspace, tmp_path: Path) -> None:
    run = evaluated(company_workspace, written(tmp_path))
    lines, summary = lines_of(run), summarise(read_scores(run, RetrievedQuestion))
    assert lines["lunch"].gold == {"wiki/canteen.md": 1.0}
    assert lines["gone"].scores["page"]["R@20"] == 0.5
    assert summary.without_gold == ("unknown",)
    assert summary.lacking == {"gone": ("wiki/old.md",)}
    assert summary.forbidden == {"denied": ("hr/severance.md",)}
    assert (summary.questions, summary.scored, summary.followups) == (7, 6, 1)
    means = [line.scores["page"]["nDCG@10"] or 0.0 for line in lines.values() if line.scores]
    assert summary.systems[0].means["nDCG@10"].mean == pytest.approx(sum(means) / 6)
    assert run.summary()["lacking"] == {"gone": ["wiki/old.md"]}
    report = (run.folder / "report.html").read_text()
    for told in ("gold, not in the library", "gold, asker can&#x27;t access it", "unknown", "wiki/old.md"):
        assert told in report


def test_a_measure_that_looks_deeper_than_a_search_is_told(company_workspace: Workspace, tmp_path: Path) -> None:
    told = "looks deeper than the 50 passages"
    file = written(tmp_path)
    assert f"AP@100 {told}" in (evaluated(company_workspace, file, "AP@100", "R@20").folder / "report.html").read_text()
    assert told not in (evaluated(company_workspace, file, "AP@50", "R@20").folder / "report.html").read_text()


def test_a_set_of_another_library_is_refused(company_workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'c'"):
        evaluated(company_workspace, written(tmp_path, [{"id": "a", "question": "b", "gold": [{"document": "c"}]}]))
    with pytest.raises(UsageError, match="questions"):
        evaluated(company_workspace, written(tmp_path, [{"id": "a", "question": "b"}]))


def test_gold_may_be_passages(company_workspace: Workspace, tmp_path: Path) -> None:
    searcher = open_searcher(company_workspace)
    (result,) = searcher.search_all([Question(text="annual leave days")])
    searcher.close()
    first, last = result.hits[0].passage, result.hits[-1].passage
    records = [
        {"id": "one", "question": "annual leave days", "gold": [{"passage": first}]},
        {"id": "two", "question": "annual leave days", "gold": [{"passage": last}, {"passage": "no-such"}]},
    ]
    lines = lines_of(evaluated(company_workspace, written(tmp_path, records), "RR@10", "R@20"))
    assert lines["one"].scores["page"] == {"RR@10": 1.0, "R@20": 1.0}
    assert lines["two"].scores["page"] == {"RR@10": pytest.approx(1 / len(result.hits), abs=1e-6), "R@20": 0.5}
    assert lines["two"].lacking == ("no-such",)


@pytest.mark.slow
def test_another_generation_is_scored_on_the_same_questions(company_workspace: Workspace, tmp_path: Path) -> None:
    first = company_workspace.registry.live()
    assert first is not None
    smaller = company_workspace.home / "hone.toml"
    smaller.write_text(smaller.read_text().replace('model = "hash"', 'model = "hash"\ntruncate_dim = 16'))
    workspace = Workspace(read_settings(company_workspace.home))
    live = rebuild(workspace, Silent(), encoder="hash")
    assert live.model.card.dimensions == 16
    order = order_for(workspace, written(tmp_path), models=[first.id])
    assert [system.name for system in systems_for(order)][4:6] == [f"{first.model.id}:page", f"{first.model.id}:fused"]
    run = evaluate_retrieval(workspace, order, Silent())
    alone = lines_of(evaluated(company_workspace, written(tmp_path), models=[]))
    workspace.close()
    for name, line in lines_of(run).items():
        assert list(line.scores) in ([], [system.name for system in systems_for(order)])
        assert line.scores.get("page") == alone[name].scores.get("page"), "the live generation is the same either way"
    assert any(line.top["dense"] != line.top[f"{first.model.id}:dense"] for line in lines_of(run).values())
    assert len(run.settings()["generations"]) == 2


def test_a_generation_that_is_not_there_is_refused_with_those_that_are(company_workspace: Workspace) -> None:
    with pytest.raises(UsageError, match=r"g000001 and the models hash@") as refused:
        generations_of(company_workspace, ["other/model"])
    assert "hone evaluate models other/model" in refused.value.hint, "what is live must not change for a comparison"


def test_a_damaged_generation_is_not_scored(company_workspace: Workspace, tmp_path: Path) -> None:
    live = company_workspace.registry.live()
    assert live is not None
    order = order_for(company_workspace, written(tmp_path))
    file = max(
        (path for path in (company_workspace.index / live.id).rglob("*") if path.is_file()),
        key=lambda path: path.stat().st_size,
    )
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(HoneError, match="is damaged"):
        evaluate_retrieval(company_workspace, order, Silent())


def test_the_same_evaluation_gives_the_same_scores(company_workspace: Workspace, tmp_path: Path) -> None:
    one, two = (evaluated(company_workspace, written(tmp_path)) for _ in range(2))
    assert one != two
    assert (one.folder / SCORES).read_bytes() == (two.folder / SCORES).read_bytes()
    assert one.summary() == two.summary()


class StopsAtScores(Silent):
    """Interrupts once the first questions are kept."""

    def advance(self, steps: int) -> None:
        if steps:
            raise KeyboardInterrupt


def test_a_run_does_not_go_on_once_an_asker_may_read_something_else(
    company_workspace: Workspace, tmp_path: Path
) -> None:
    order = order_for(company_workspace, written(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        evaluate_retrieval(company_workspace, order, StopsAtScores())
    (half,) = list_runs(company_workspace.home)
    file = company_workspace.home / "hone.toml"
    toml = file.read_text()
    file.write_text(toml.replace('[people.bo]\ngroups = ["hr"]', "[people.bo]"))
    changed = Workspace(read_settings(company_workspace.home))
    now = evaluate_retrieval(changed, order_for(changed, written(tmp_path)), Silent())
    changed.close()
    assert now != half
    assert lines_of(now)["secret"].forbidden == ("hr/severance.md",)
    assert evaluate_retrieval(company_workspace, order, Silent()) == half, "as it was begun, it goes on"


@pytest.mark.proof
def test_a_run_that_was_killed_goes_on_where_it_was(company_home: Path, tmp_path: Path) -> None:
    words = ["vpn", "lunch", "leave", "parking", "laptop", "token", "garage", "canteen"]
    records = [
        {"id": f"q{place}", "question": f"{words[place % 8]} {place}", "gold": [{"document": "wiki/vpn.md"}]}
        for place in range(3000)
    ]
    command = [HONE, "--home", company_home, "evaluate", "retrieval", written(tmp_path, records), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if any(file.stat().st_size for file in company_home.glob(f"runs/*/{SCORES}")):
            break
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (folder,) = (company_home / "runs").iterdir()
    run = EvalRun(folder=folder)
    before = len(list(run.lines()))
    assert 0 < before < len(records), "the kill came too early or too late to prove anything"
    assert not run.finished
    first = next(run.lines())
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["run"] == run.id
    assert [line.id for line in read_scores(run, RetrievedQuestion)] == [record["id"] for record in records]
    assert next(run.lines()) == first
    assert run.finished
