"""`hone evaluate` as people use it."""

import json
from pathlib import Path

import pytest

from eval.runs import EvalRun, RetrievedQuestion, read_scores
from hone.log.rows import Event, LoggedSearch, now
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.encoding.hashing import HashEncoder
from retriever.library.library import Library
from tests.agents.workplace import index, write
from tests.cli.conftest import Run
from tests.copying import copied
from tests.training.sheets import candidate

TOML = """
[encoder]
model = "hash"
[[sources]]
name = "wiki"
path = "../wiki"
groups = ["everyone"]
"""

DOCUMENTS = {
    "vpn.md": "# VPN\n\nThe VPN password is changed every 45 days.\n",
    "lunch.md": "# Lunch\n\nLunch in the canteen costs 6.50 euros.\n",
    "leave.md": "# Leave\n\nStaff receive 28 days of annual leave.\n",
}
QUESTIONS = [
    {"id": "a", "question": "how often is the vpn password changed", "gold": [{"document": "wiki/vpn.md"}]},
    {"id": "b", "question": "what does lunch cost", "gold": [{"document": "wiki/lunch.md"}]},
    {"id": "c", "question": "days of annual leave", "gold": [{"document": "wiki/leave.md"}]},
    {"id": "d", "question": "xylophone", "gold": [{"document": "wiki/leave.md"}]},
]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small wiki, read and indexed once for all tests."""
    folder = tmp_path_factory.mktemp("wiki")
    write(folder, {f"wiki/{name}": text for name, text in DOCUMENTS.items()})
    (folder / "home").mkdir()
    (folder / "home" / "hone.toml").write_text(TOML, encoding="utf-8")
    index(Workspace(read_settings(folder / "home"))).close()
    return folder


@pytest.fixture
def home(indexed: Path, tmp_path: Path) -> Path:
    copied(indexed, tmp_path / "wiki")
    return tmp_path / "wiki" / "home"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(f"{json.dumps(record)}\n" for record in QUESTIONS))
    return file


def test_a_run_is_made_listed_and_shown(hone: Run, questions: Path, home: Path) -> None:
    said = hone("evaluate", "retrieval", questions, "--measure", "nDCG@10", "--measure", "R@1")
    assert said.code == 0, said.err
    assert "4 of 4 questions scored" in said.out
    assert "nDCG@10" in said.out
    (folder,) = (home / "runs").iterdir()
    assert {file.name for file in folder.iterdir()} == {
        "settings.json",
        "scores.jsonl",
        "summary.json",
        "summary.md",
        "report.html",
    }
    listed = hone("evaluate", "list")
    assert folder.name in listed.out
    assert "page nDCG@10" in listed.out
    assert hone("evaluate", "list", "--json").json[0]["finished"] is True
    shown = hone("evaluate", "show")
    assert shown.out.startswith("# Retrieval on questions")
    assert "report.html" in shown.err
    summary = hone("evaluate", "show", folder.name[:10], "--json").json
    assert set(summary["systems"][0]["means"]) == {"nDCG@10", "R@1"}


def test_json_is_json_alone(hone: Run, questions: Path) -> None:
    summary = hone("evaluate", "retrieval", questions, "--leg", "dense", "--leg", "page", "--json").json
    assert [item["system"] for item in summary["systems"]] == ["page", "dense"]
    assert (summary["questions"], summary["scored"]) == (4, 4)


def test_systems_are_compared(hone: Run, questions: Path, home: Path, tmp_path: Path) -> None:
    assert hone("evaluate", "retrieval", questions).code == 0
    said = hone("evaluate", "compare", "latest:dense", "latest:fused", "latest:bm25", "--report", tmp_path / "c.html")
    assert said.code == 0, said.err
    assert "p (Holm)" in said.out
    assert "nDCG@10 against dense" in said.out
    assert "<svg" in (tmp_path / "c.html").read_text()
    (run,) = (home / "runs").iterdir()
    kept = run / f"against-{run.name}.html"
    assert kept.read_text() == (tmp_path / "c.html").read_text()
    assert kept.name in said.out.replace("\n", "")
    first, second = hone(
        "evaluate", "compare", "latest:dense", "latest:fused", "latest:bm25", "-m", "rr@10", "--json"
    ).json
    assert first["measure"] == second["measure"] == "RR@10"
    assert first["wins"] + first["ties"] + first["losses"] == first["questions"] == 4
    assert first["p_holm"] >= first["p"]


def test_latest_is_the_newest_run_that_can_be_compared(hone: Run, questions: Path) -> None:
    assert hone("evaluate", "compare", "latest", "latest").code == 2
    run = hone("evaluate", "retrieval", questions, "--json").json["run"]
    rated = hone("evaluate", "rate", "--questions", questions, "--json").json["run"]
    assert hone("evaluate", "list", "--json").json[0]["id"] == rated
    said = hone("evaluate", "compare", f"{run}:page", "latest:dense")
    assert said.code == 0, said.err
    refused = hone("evaluate", "compare", "latest:page", rated)
    assert refused.code == 2
    for told in (rated, "of kind 'rate'", "→", "rate --against"):
        assert told in refused.err


def test_an_interrupted_run_is_not_compared(hone: Run, questions: Path, home: Path) -> None:
    whole, half = (hone("evaluate", "retrieval", questions, "--json").json["run"] for _ in range(2))
    (home / "runs" / half / "summary.json").unlink()
    assert hone("evaluate", "compare", "latest:page", f"{whole}:dense").code == 0
    refused = hone("evaluate", "compare", "latest:page", half)
    assert refused.code == 2
    for told in (half, "was interrupted", "→"):
        assert told in refused.err


def test_what_a_trained_model_has_seen_is_a_slice(hone: Run, questions: Path, home: Path) -> None:
    workspace = Workspace(read_settings(home))
    live = workspace.registry.live()
    assert live is not None
    (passage,) = (
        item.passage.id for item in Library(workspace.database).everything() if item.document.path == "vpn.md"
    )
    search = LoggedSearch(search_id="s1", person="ana", query="vpn", timestamp=now(), shown=(passage,))
    click = Event(action="click", search_id="s1", person="ana", object_id=passage, event_id="e1")
    workspace.log.add([search], [click])
    workspace.close()
    assert "seen in training" not in slices_of(hone, questions)
    file = candidate(home, "m0001", evidence=("e1", "file:0123:1")) / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "model": live.model.id}))
    assert slices_of(hone, questions)["seen in training"] == {"a": "yes", "b": "no", "c": "no", "d": "no"}
    said = hone("evaluate", "retrieval", questions).out
    assert "1 of 2" in " ".join(said.split())


def test_a_registered_model_without_an_index_is_scored_and_what_is_live_stays(
    hone: Run, questions: Path, home: Path
) -> None:
    workspace = Workspace(read_settings(home))
    model = workspace.registry.register_model("m0001", "hash", HashEncoder(truncate_dim=16).card)
    workspace.registry.register_model("m0002", "models/m0002", HashEncoder(truncate_dim=8).card)
    workspace.close()
    before = hone("index", "list", "--json").json
    said = hone("evaluate", "retrieval", questions, "--model", "m0001")
    assert said.code == 0, said.err
    told = " ".join(said.out.split())
    assert f"{model.id}:page" in told
    assert model.id in told
    assert hone("index", "list", "--json").json == before
    gone = hone("evaluate", "retrieval", questions, "--model", "m0002")
    assert gone.code == 1
    assert "'models/m0002'" in gone.err
    assert hone("index", "list", "--json").json == before


def slices_of(hone: Run, questions: Path) -> dict[str, dict[str, str]]:
    """Give every slice's values by question, of a new run."""
    said = hone("evaluate", "retrieval", questions, "--json")
    assert said.code == 0, said.err
    lines = read_scores(EvalRun(folder=Path(said.json["folder"])), RetrievedQuestion)
    names = {name for line in lines for name in line.slices}
    return {name: {line.id: line.slices[name] for line in lines if name in line.slices} for name in names}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("compare", "latest"), "two runs"),
        (("compare", "latest", "nothing"), "no run 'nothing'"),
        (("compare", "latest:page", "latest:pages"), "no system 'pages'"),
        (("compare", "latest:page", "latest:dense", "-m", "R@7"), "no R@7 of page"),
        (("compare", "latest:page", "latest:dense", "-m", "quality"), "quality"),
        (("compare", "latest", "latest", "--report", "/no/such/folder/c.html"), "There is no folder"),
        (("show", "nothing"), "no run 'nothing'"),
        (("retrieval", "no-such-file"), "no-such-file"),
        (("retrieval", "QUESTIONS", "--measure", "nDGC@10"), "'nDGC@10'"),
        (("retrieval", "QUESTIONS", "--leg", "sparse"), "'sparse'"),
        (("retrieval", "QUESTIONS", "--model", "other"), "no registered model is named 'other'"),
        (("retrieval", "QUESTIONS", "--as", "nobody-known"), "no person 'nobody-known'"),
    ],
)
def test_what_was_asked_wrongly_ends_with_two_and_a_remedy(
    hone: Run, questions: Path, arguments: tuple[str, ...], told: str
) -> None:
    assert hone("evaluate", "retrieval", questions).code == 0
    said = hone("evaluate", *(questions if argument == "QUESTIONS" else argument for argument in arguments))
    assert said.code == 2
    assert told in said.err
    assert "→" in said.err


def test_a_wrong_file_is_told_with_every_line_at_once(hone: Run, questions: Path) -> None:
    questions.write_text('{"id": "a"}\nnot json\n{"id": "b", "question": "x", "asker": "zed"}\n')
    said = hone("evaluate", "retrieval", questions)
    assert said.code == 2
    for told in ("3 problems", "line 1: question", "line 2: Invalid JSON", "line 3: There is no person 'zed'"):
        assert told in said.err


def test_text_from_outside_cannot_act_on_a_terminal(hone: Run, questions: Path) -> None:
    record = {"id": "a\u001b[2J", "question": "\u001b]0;owned\u0007 vpn", "gold": [{"document": "wiki/vpn.md"}]}
    questions.write_text(json.dumps(record) + "\n")
    for command in (("retrieval", questions), ("show",), ("compare", "latest:page", "latest:dense"), ("list",)):
        said = hone("evaluate", *command)
        assert said.code == 0, said.err
        assert "\u001b" not in said.out
