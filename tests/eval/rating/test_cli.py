import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.context import begin
from cli.evaluate.label import label
from cli.evaluate.rate import rate
from eval.rating.store import RatingStore
from eval.runs import find_run
from hone.errors import HoneError
from hone.workspace import Workspace
from retriever.searching.searcher import Question, Searcher
from tests.llm_server import LlmServer, answers, says

Run = Callable[..., Result]

app = typer.Typer()
app.command()(rate)
app.command()(label)


@app.callback()
def evaluate(context: typer.Context, home: Path) -> None:
    """Stand in for the entry point, which names the home by an option."""
    begin(context, home)


@pytest.fixture
def run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Run:
    def ran(*arguments: str, keys: str = "") -> Result:
        monkeypatch.setattr(sys, "stdin", io.StringIO(keys))
        return CliRunner().invoke(app, [str(workspace.home), *arguments], input=keys)

    return ran


def test_rating_says_score_judge_share_and_the_worst(run: Run) -> None:
    said = run("rate")
    assert said.exit_code == 0, said.output
    assert "PWAS@10: 0." in said.output
    assert "judge: hash" in said.output
    assert "judged: " in said.output
    assert "(100.0%)" in said.output
    assert "not checked against people yet: 0 of 30 labels" in said.output
    assert "hone evaluate label" in said.output
    assert "worst questions" in said.output


def test_rating_again_grades_nothing_anew(run: Run) -> None:
    first, second = (json.loads(run("rate", "--json").stdout) for _ in range(2))
    assert first["pairs"]["graded_now"] > 0
    assert second["pairs"] == {"graded_now": 0, "from_before": first["pairs"]["graded_now"]}
    assert second["pwas"] == first["pwas"]


def test_rating_with_an_llm(run: Run, workspace: Workspace, llm_server: LlmServer) -> None:
    llm_server.always(answers({"match": 3, "trust": 3, "grade": 3}))
    with workspace.settings.file.open("a", encoding="utf-8") as file:
        file.write(f'\n[llm]\nbase_url = "{llm_server.url}"\nmodel = "scripted"\n')
    found = json.loads(run("rate", "--json", "--limit", "2").stdout)
    assert found["judge"]["model"] == "scripted"
    assert found["searches"] == 2
    assert found["grades"][3] == found["results"]["judged"] > 0


def test_an_llm_that_is_wanted_and_not_there_is_said(run: Run) -> None:
    said = run("rate", "--rater", "llm")
    assert isinstance(said.exception, HoneError)
    assert "--rater signals" in said.exception.hint


def test_an_empty_stretch_of_the_log_is_said(run: Run) -> None:
    said = run("rate", "--since", "2099-01-01")
    assert isinstance(said.exception, HoneError)
    assert "2099-01-01" in said.exception.message


def test_comparing_with_a_leg(run: Run) -> None:
    said = run("rate", "--against", "bm25")
    assert said.exit_code == 0, said.output
    assert "on 6 questions" in said.output
    found = json.loads(run("rate", "--against", "bm25", "--json").stdout)
    assert found["wins"] + found["losses"] + found["ties"] + found["without_answer"] == 6
    assert found["orders"]["asked_now"] == 0
    assert found["orders"]["from_before"] > 0


def test_a_comparison_is_kept(run: Run, workspace: Workspace) -> None:
    found = json.loads(run("rate", "--against", "bm25", "--limit", "5", "--json").stdout)
    kept = find_run(workspace.home, found["run"])
    settings, lines = kept.settings(), [json.loads(line) for line in kept.lines()]
    assert (settings["kind"], settings["against"]["leg"], settings["questions"]["of"]) == ("against", "bm25", 6)
    assert len(settings["generations"]) == 1
    assert [line["winner"] for line in lines].count("bm25") == found["wins"]
    assert {line["id"] for line in lines} <= {search.search_id for search in workspace.log.searches()}
    assert (kept.summary()["ties"], kept.summary()["left_out"]) == (found["ties"], 1)
    report = (kept.folder / "report.html").read_text(encoding="utf-8")
    assert "bm25 is better" in report
    assert "<svg" in report
    assert "5 of 6 searches" in report
    for file in kept.folder.iterdir():
        assert b"annual leave" not in file.read_bytes(), "what people asked stays in the log"


@pytest.mark.proof
def test_a_comparison_that_is_killed_goes_on_where_it_was(workspace: Workspace, llm_server: LlmServer) -> None:
    llm_server.always(says('{"better": "tie"}', pause=0.2))
    with workspace.settings.file.open("a", encoding="utf-8") as file:
        file.write(f'\n[llm]\nbase_url = "{llm_server.url}"\nmodel = "scripted"\n')
    hone = [Path(sys.executable).parent / "hone", "--home", workspace.home, "evaluate", "rate"]
    command = [*hone, "--against", "bm25", "--at-once", "1", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    ends = time.monotonic() + 60
    while len(llm_server.calls) < 4:
        assert time.monotonic() < ends
        time.sleep(0.01)
    process.kill()
    process.communicate()
    before = len(llm_server.calls)
    orders = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["orders"]
    assert orders["from_before"] >= before - 1, "at most the call that was open is lost"
    assert len(llm_server.calls) - before == orders["asked_now"] > 0


def test_labelling_by_keys_from_a_pipe(run: Run, store: RatingStore) -> None:
    said = run("label", "--count", "5", keys="3\n0\nb\n1\ns\nx\nq\n")
    assert said.exit_code == 0, said.output
    assert [found.grade for found in store.labels()] == [3, 1]
    assert {found.person for found in store.labels()} == {"admin"}
    assert "0, 1, 2, 3, s, b or q" in said.output
    assert "2 of 5" in said.output


def test_labelling_as_somebody_shows_only_what_they_may_read(run: Run, store: RatingStore) -> None:
    said = run("label", "--count", "1000", "--as", "ana", keys="s\n" * 100)
    assert said.exit_code == 0, said.output
    assert "left out" in said.output
    assert "quetzalcoatl" not in said.output
    assert store.labels() == []


def test_labels_that_are_enough_are_weighed(run: Run) -> None:
    run("label", "--count", "1000", keys="2\n" * 15 + "0\n" * 100)
    found = json.loads(run("rate", "--json").stdout)
    assert found["people"]["checked"]
    assert set(found["people"]) >= {"kappa", "pwas", "labels"}
    assert "against people: κ" in run("rate").output
    assert found["calibration"]["thresholds"] == "shipped", "of six questions, whatever is fitted says little"


def test_what_was_labelled_moves_the_thresholds_unless_the_shipped_ones_are_asked_for(
    run: Run, searcher: Searcher
) -> None:
    assert "calibration: the shipped thresholds" in run("rate").output
    for query in ("garage hours", "token for the vpn", "cost of lunch", "renewal of laptops", "helpdesk"):
        searcher.search(Question(text=query))
    run("label", "--count", "1000", keys="0\n" * 100)
    own, shipped = (json.loads(run("rate", "--json", *more).stdout) for more in ((), ("--thresholds", "shipped")))
    assert own["calibration"]["thresholds"] == "own"
    assert own["calibration"]["labels"] >= 30
    assert own["pwas"]["mean"] == 0.0 < shipped["pwas"]["mean"]
    assert shipped["calibration"]["thresholds"] == "shipped"
    assert shipped["calibration"]["told"].startswith("the shipped thresholds")
    assert "calibration: thresholds moved to" in run("rate").output


@pytest.mark.proof
def test_a_rating_that_is_killed_goes_on_where_it_was(workspace: Workspace, llm_server: LlmServer) -> None:
    llm_server.always(says('{"match": 1, "trust": 1, "grade": 1}', pause=0.05))
    with workspace.settings.file.open("a", encoding="utf-8") as file:
        file.write(f'\n[llm]\nbase_url = "{llm_server.url}"\nmodel = "scripted"\n')
    command = [Path(sys.executable).parent / "hone", "--home", workspace.home, "evaluate", "rate", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    ends = time.monotonic() + 60
    while len(llm_server.calls) < 12:
        assert time.monotonic() < ends
        time.sleep(0.01)
    process.kill()
    process.communicate()
    before = len(llm_server.calls)
    pairs = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["pairs"]
    assert pairs["from_before"] >= before - 5, "at most the calls that were open are lost"
    assert len(llm_server.calls) - before == pairs["graded_now"]


@pytest.mark.proof
def test_labelling_at_a_terminal_takes_single_keys(workspace: Workspace, store: RatingStore) -> None:
    program = (
        "import sys, typer\nfrom pathlib import Path\nfrom cli.context import begin\n"
        "from cli.evaluate.label import label\napp = typer.Typer()\napp.command()(label)\n"
        "@app.callback()\ndef main(context: typer.Context) -> None: begin(context, Path(sys.argv[-1]))\n"
        "app(['label', '--count', '4'])\n"
    )
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(workspace.home)], stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = ""
    for key in ("3", "1", "q"):
        said += _until(ours, "quit > ")
        time.sleep(0.5)  # the terminal drops what is typed before it is asked key by key
        os.write(ours, key.encode())
    assert process.wait(timeout=30) == 0
    os.close(ours)
    assert [found.grade for found in store.labels()] == [3, 1]


def _until(terminal: int, wanted: str, seconds: float = 60.0) -> str:
    said, ends = "", time.monotonic() + seconds
    while wanted not in said:
        ready, _, _ = select.select([terminal], [], [], max(0.0, ends - time.monotonic()))
        assert ready, f"it never said {wanted!r}, only {said[-500:]!r}"
        said += os.read(terminal, 4096).decode("utf-8", "replace")
    return said
