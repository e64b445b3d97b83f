"""A whole evaluation of answers, as people start it: nothing is dropped or lost, and nothing leaves the machine."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from eval.answers.runs.scoring import AnsweredQuestion
from eval.runs import EvalRun, list_runs, read_scores
from tests.eval.answers.judged import BY_HAND, GRADES, RECORD, asked_of
from tests.llm_server import Call, LlmServer, answers, fails, says

HONE = Path(sys.executable).parent / "hone"
Hone = Callable[..., str]
QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "vpn",
        "question": "How often is the VPN password changed?",
        "asker": "ana",
        "answer": "Every 45 days.",
        "answerable": True,
        "gold": [{"document": "wiki/vpn.md"}],
        "tags": ["it"],
    },
    {
        "id": "budget",
        "question": "What is the Zanzibar severance budget codeword?",
        "asker": "ana",
        "answerable": False,
    },
    {
        "id": "budget-hr",
        "question": "What is the Zanzibar severance budget codeword?",
        "asker": "bo",
        "answer": "quetzalcoatl",
        "answerable": True,
        "gold": [{"document": "hr/severance.md"}],
    },
    {
        "id": "follow-up",
        "question": "And how much is it?",
        "asker": "ana",
        "history": [["user", "What does lunch in the canteen cost?"], ["assistant", "It depends."]],
        "answer": "6.50 euros.",
        "answerable": True,
        "gold": [{"document": "wiki/canteen.md"}],
    },
    {"id": "alone", "question": "And how much is it?", "asker": "ana", "answerable": False},
]


@pytest.fixture
def server() -> Iterator[LlmServer]:
    server = LlmServer()
    yield server
    server.stop()


def write(file: Path, rows: list[dict[str, Any]]) -> Path:
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


@pytest.fixture
def hone(company_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hone:
    """Run the entry point in this process, which has loaded what takes seconds."""

    def run(*arguments: str | Path, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["hone", "--home", str(company_home), *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        told = capsys.readouterr()
        assert (end.value.code or 0) == code, told.err
        return told.out + (told.err if code else "")

    return run


def hone_apart(home: Path, before: str, *arguments: str | Path, code: int = 0) -> str:
    """Run the entry point in a process of its own, which does something else first."""
    start = [sys.executable, "-c", f"{before}\nfrom cli.main import main\nmain()"]
    told = subprocess.run(
        [*start, "--home", str(home), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert told.returncode == code, told.stderr
    return told.stdout + (told.stderr if code else "")


def lines_of(run: EvalRun) -> dict[str, AnsweredQuestion]:
    return {line.id: line for line in read_scores(run, AnsweredQuestion)}


def measure(summary: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in summary["measures"] if item["name"] == name)


def test_the_assistant_is_scored_as_each_asker_and_leaves_no_trace(
    hone: Hone, company_home: Path, tmp_path: Path
) -> None:
    file = write(tmp_path / "questions.jsonl", QUESTIONS)
    told = hone("evaluate", "answers", file)
    run = list_runs(company_home)[0]
    lines, summary = lines_of(run), run.summary()
    assert set(lines) == {question["id"] for question in QUESTIONS}
    assert lines["vpn"].scores["assistant"]["context-recall"] == 1.0
    assert lines["vpn"].contexts[0] == "wiki/vpn.md"
    assert lines["budget-hr"].gold == ("hr/severance.md",)
    assert "quetzalcoatl" in lines["budget-hr"].response
    assert "quetzalcoatl" not in lines["budget"].model_dump_json().replace("codeword", "")
    assert lines["follow-up"].contexts[0] == "wiki/canteen.md"
    assert lines["alone"].contexts[:1] != ("wiki/canteen.md",)
    assert lines["budget"].unscored["token-f1"].why == "no reference answer"
    assert {item["stage"] for item in summary["latency"]} >= {"total", "search"}
    recall = measure(summary, "context-recall")
    assert (recall["scored"], recall["not_applicable"], recall["failed"]) == (3, 2, 0)
    assert list(recall["why"].values()) == [2]
    assert run.id in told
    assert (run.folder / "report.html").is_file()
    assert not (company_home / "threads.db").exists()
    assert not (company_home / "log.db").exists() or "VPN" not in hone("searches", "list")

    again = json.loads(hone("evaluate", "answers", file, "-m", "token-f1", "--json"))
    assert again["from_cache"] == 5
    assert [item["name"] for item in again["measures"]] == ["token-f1"]
    shown = hone("evaluate", "show", run.id)
    assert "budget-hr" in shown or "severance" in shown


ROW = {
    "user_input": RECORD.question,
    "response": RECORD.response,
    "reference": RECORD.reference,
    "retrieved_contexts": list(RECORD.contexts or ()),
    "retrieved_context_ids": ["p1", "p2"],
    "reference_context_ids": ["p2", "p9"],
}
# Only the listening server may be spoken to.
GUARD = """
import socket, sys
connect = socket.socket.connect
def guarded(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] != "127.0.0.1":
        open(sys.argv[2] + "/strangers", "a").write(f"{address}\\n")
        raise OSError(f"a stranger: {address}")
    return connect(self, address)
socket.socket.connect = guarded
looked = socket.getaddrinfo
def resolved(host, *more, **named):
    if host not in ("127.0.0.1", None):
        open(sys.argv[2] + "/strangers", "a").write(f"{host}\\n")
        raise OSError(f"a stranger: {host}")
    return looked(host, *more, **named)
socket.getaddrinfo = resolved
"""


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Whom anything here but the listening server speaks to: it raises, and would be a failure in the summary."""
    met: list[object] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def known(host: object) -> None:
        if host not in ("127.0.0.1", "localhost", None):
            met.append(host)
            raise OSError(f"a stranger: {host}")

    def connected(self: socket.socket, address: Any) -> None:
        known(address[0])
        connect(self, address)

    def looked_up(host: Any, *more: Any, **named: Any) -> Any:
        known(host)
        return look_up(host, *more, **named)

    monkeypatch.setattr(socket.socket, "connect", connected)
    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    return met


@pytest.mark.slow
def test_a_judge_grades_given_answers_and_one_bad_row_is_told(
    hone: Hone, server: LlmServer, company_home: Path, tmp_path: Path, strangers: list[object]
) -> None:
    bad = "Why does this one break the judge?"
    rows = [{**ROW, "id": f"good-{number}", "user_input": f"{RECORD.question}"} for number in range(3)]
    rows += [
        {**ROW, "id": "bad", "user_input": bad},
        {**ROW, "id": "silent", "response": "I do not know."},
        {"user_input": RECORD.question, "id": "bare", "response": "Ada keeps the key."},
    ]
    server.on(bad, says("no JSON whatever I am told")).always(GRADES)
    options = ["--as-is", "--judge", "llm", "--judge-url", server.url, "--judge-model", "scripted"]
    names = [f"--measure={name}" for name in BY_HAND if name != "ragas-answer-relevancy"] + ["-m", "context-recall"]
    file = write(tmp_path / "set.jsonl", rows)
    asked = ["evaluate", "answers", file, *options, *names, "--json", "--repeats", "2"]
    # The encoder of relevancy is loaded elsewhere: tests/eval/answers/test_ragas_judge.py.
    told = json.loads(hone(*asked))
    assert strangers == []
    run = list_runs(company_home)[0]
    lines = lines_of(run)
    assert len(lines) == 6
    faithful = measure(told, "ragas-faithfulness")
    assert (faithful["scored"], faithful["not_applicable"], faithful["failed"]) == (3, 2, 1)
    assert faithful["mean"]["mean"] == pytest.approx(BY_HAND["ragas-faithfulness"])
    assert (faithful["spread"], len(faithful["by_repeat"])) == (0.0, 2)
    assert len(faithful["why"]) == 3
    assert any("malformed" in why for why in faithful["why"])
    assert lines["bad"].unscored["ragas-faithfulness"].failed
    # Retrieval can be judged of an answer that abstains.
    assert lines["silent"].scores["given"]["ragas-context-recall"] == BY_HAND["ragas-context-recall"]
    # What does not need the question is graded in the bad row too.
    assert lines["bad"].scores["given"]["ragas-factual-correctness"] == BY_HAND["ragas-factual-correctness"]
    assert measure(told, "context-recall")["mean"]["mean"] == 0.5
    assert list(measure(told, "context-recall")["why"].values()) == [1]
    assert told["judge_calls"] == len(server.calls)
    assert told["abstained"] == 1


BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("ragas", "instructor", "datasets", "langchain_community"):
            raise ImportError(f"no module named {name!r}, for the sake of this test")
sys.meta_path.insert(0, Blocked())
"""


@pytest.mark.proof
def test_without_ragas_everything_but_its_judge_works(company_home: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "set.jsonl", [ROW])
    told = hone_apart(company_home, BLOCKED, "evaluate", "answers", file, "--as-is", "--json")
    assert measure(json.loads(told), "groundedness")["scored"] == 1
    options = ["--judge", "llm", "--judge-url", "http://127.0.0.1:9/v1", "--judge-model", "m"]
    refused = hone_apart(company_home, BLOCKED, "evaluate", "answers", file, "--as-is", *options, code=2)
    assert "pip install 'hone[ragas]'" in refused


def test_what_is_wrong_with_a_file_is_told_with_exit_code_2(hone: Hone, company_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text('{"user_input": ""}\n{"user_input": "x", "asker": "zoe"}\n', encoding="utf-8")
    told = hone("evaluate", "answers", file, code=2)
    assert "line 1: user_input" in told
    assert "line 2: There is no person 'zoe'" in told
    for empty, words in (("nothing.jsonl", "nothing.jsonl"), ("x", "--judge")):
        options = ["--judge", "llm"] if words == "--judge" else []
        target = write(tmp_path / empty, [ROW]) if options else tmp_path / empty
        assert words in hone("evaluate", "answers", target, *options, code=2)


@pytest.mark.proof
@pytest.mark.parametrize(("how", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_what_was_done_stays_when_it_is_interrupted(
    how: signal.Signals, code: int, hone: Hone, server: LlmServer, company_home: Path, tmp_path: Path
) -> None:
    def slowly(call: Call) -> dict[str, Any]:
        time.sleep(0.1)
        asked_of(call)
        return {"classifications": [{"statement": "s", "reason": "r", "attributed": 1}]}

    server.always(answers(slowly))
    file = write(tmp_path / "set.jsonl", [{**ROW, "user_input": f"Question {number}?"} for number in range(30)])
    options = ["--as-is", "--judge", "llm", "--judge-url", server.url, "--judge-model", "m", "--concurrency", "2"]
    command = ["evaluate", "answers", str(file), *options, "-m", "ragas-context-recall"]
    process = subprocess.Popen([str(HONE), "--home", str(company_home), *command], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not (runs := list_runs(company_home)) or len(list(runs[0].lines())) < 5:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, how)
    process.communicate()
    assert process.returncode == code
    run = list_runs(company_home)[0]
    kept = list(run.lines())
    assert 5 <= len(kept) < 30
    assert not run.finished
    asked = len(server.calls)
    hone(*command)
    assert [item.id for item in list_runs(company_home)] == [run.id]
    assert list(run.lines())[: len(kept)] == kept
    assert len(lines_of(run)) == 30
    assert measure(run.summary(), "ragas-context-recall")["scored"] == 30
    assert len(server.calls) - asked <= 30 - len(kept)


def test_an_assistant_with_an_llm_is_counted_and_its_failures_told(
    hone: Hone, server: LlmServer, company_home: Path, tmp_path: Path
) -> None:
    with (company_home / "hone.toml").open("a", encoding="utf-8") as file:
        file.write(f'[llm]\nbase_url = "{server.url}"\nmodel = "scripted"\n')
    verdict = {"verdict": "sufficient", "answering": [1], "conflicting": [], "missing": []}
    server.on("You judge whether passages", answers(verdict))
    server.on("You answer a question", says("The VPN password is changed every 45 days [1]."), times=1)
    server.on("You answer a question", fails(500))
    rows = write(tmp_path / "questions.jsonl", QUESTIONS[:1])
    first = json.loads(hone("evaluate", "answers", rows, "--json"))
    assert first["llm_calls"] == len(server.calls) > 0
    assert first["tokens"] > 0
    assert first["degraded"] == {}
    other = write(tmp_path / "other.jsonl", [{**QUESTIONS[0], "asker": "bo"}])  # who may read more: another answer
    second = json.loads(hone("evaluate", "answers", other, "--json"))
    assert any(what.startswith("answer:") for what in second["degraded"])
    assert second["questions"] == 1
    third = json.loads(hone("evaluate", "answers", other, "--json", "-m", "token-f1"))
    assert third["from_cache"] == 0  # what failed on the way is not kept


def test_an_answer_that_failed_on_the_way_is_tried_again(
    hone: Hone, server: LlmServer, company_home: Path, tmp_path: Path
) -> None:
    with (company_home / "hone.toml").open("a", encoding="utf-8") as file:
        file.write(f'[llm]\nbase_url = "{server.url}"\nmodel = "scripted"\n')
    server.on("You answer a question", fails(500), times=2)  # one, and one that the client makes of it
    server.on("You answer a question", says("The VPN password is changed every 45 days [1]."))
    rows = write(tmp_path / "questions.jsonl", QUESTIONS[:1])
    told = json.loads(hone("evaluate", "answers", rows, "--json"))
    assert told["degraded"] == {}
    assert lines_of(list_runs(company_home)[0])["vpn"].response.startswith("The VPN password is changed every 45 days")
    assert sum("You answer a question" in call.prompt for call in server.calls) == 3


TRACKS = """
import ragas._analytics as analytics
event = analytics.EvaluationEvent(metrics=["m"], num_rows=1, evaluation_type="SINGLE_TURN", language="english")
analytics.track(event)
"""
STARTS_HONE = """
given, sys.argv = sys.argv, ["hone", "--version"]
from cli.main import main
try:
    main()
except SystemExit:
    pass
sys.argv = given
"""


@pytest.mark.proof
@pytest.mark.parametrize(
    ("opted_out", "told"),
    [
        ("", True),  # ragas by itself: without this, the others would prove nothing
        ("import eval.ragas_judge", False),
        (STARTS_HONE, False),
    ],
)
def test_ragas_tells_no_stranger_that_it_is_used(opted_out: str, told: bool, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    kept.pop("RAGAS_DO_NOT_TRACK", None)
    script = "\n".join((GUARD, opted_out, TRACKS))
    command = [sys.executable, "-c", script, "--home", str(tmp_path)]
    subprocess.run(command, env={**kept, "XDG_DATA_HOME": str(tmp_path)}, check=True, capture_output=True)
    strangers = tmp_path / "strangers"
    assert strangers.exists() is told
    assert not told or "explodinggradients" in strangers.read_text()
