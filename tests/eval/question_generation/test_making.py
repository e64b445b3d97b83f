"""Questions made from documents: what is asked, what is dropped, and that none is mixed with people's."""

import json
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.data.questions import read_questions
from eval.question_generation.llm import MadeReply, checked
from eval.question_generation.records import MadeLine
from eval.question_generation.rules import cell_question as of_cell
from eval.question_generation.rules import made_by_rules
from eval.question_generation.rules import question_of as of_heading
from eval.runs import SCORES, EvalRun, find_run, read_scores
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.library.rows import Placed
from tests.cli.conftest import HONE, Run
from tests.llm_server import Call, LlmServer, answers, fails


def made(file: Path) -> dict[str, Any]:
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {line["question"]: line for line in lines}


def placed(workspace: Workspace, document: str) -> Placed:
    return next(item for item in Library(workspace.database).changed(0) if item.document.id == document)


def test_rules_ask_of_headings_definitions_pairs_and_tables(hone: Run, tmp_path: Path) -> None:
    said = hone("evaluate", "questions", "--out", tmp_path / "made.jsonl")
    assert said.code == 0, said.err
    found = made(tmp_path / "made.jsonl")
    assert found["How do I book a train?"]["gold"][0]["document"] == "wiki/travel.md"
    assert found["What does lunch in the canteen cost?"]["answer"] == "Lunch costs 6.50 euros."
    assert found["What is moult?"]["gold"][0]["document"] == "wiki/glossary.md"
    assert any(text.startswith("What is the daily rate of") for text in found)
    assert {line["tags"]["made"] for line in found.values()} == {"heading", "faq", "definition", "table"}
    assert all(line["made_by"] == "rules-1" for line in found.values())
    assert not any("bate" in text for text in found), "code is not asked about"
    assert "good questions" in said.out


def test_only_somebody_who_may_read_a_passage_asks_for_it(hone: Run, home: Path, tmp_path: Path) -> None:
    hone("evaluate", "questions", "--out", tmp_path / "made.jsonl")
    found = made(tmp_path / "made.jsonl")
    assert found["What is a severance package?"]["asker"] == "bo"
    assert "What is a vault code?" not in found
    lines = read_scores(find_run(home, "latest"), MadeLine)
    assert [line.outcome for line in lines if line.document == "vault/codes.md"] == ["unreadable"]
    hone("evaluate", "questions", "--out", tmp_path / "ana.jsonl", "--as", "ana")
    assert not any("severance" in text for text in made(tmp_path / "ana.jsonl"))
    assert all(line["asker"] == "ana" for line in made(tmp_path / "ana.jsonl").values())


def test_a_near_identical_passage_is_gold_as_well_and_asked_once(hone: Run, tmp_path: Path) -> None:
    hone("evaluate", "questions", "--out", tmp_path / "made.jsonl")
    line = made(tmp_path / "made.jsonl")["When does the canteen open?"]
    assert {gold["document"] for gold in line["gold"]} == {"wiki/faq.md", "wiki/faq-copy.md"}


def test_what_is_made_reads_back_as_not_peoples_and_scores(hone: Run, workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "made.jsonl"
    hone("evaluate", "questions", "--out", file)
    found = read_questions(workspace, file)
    assert not found.people_wrote
    assert {question.unit for question in found.questions} == {"passage"}
    said = hone("evaluate", "retrieval", file, "--measure", "Success@10", "--leg", "page", "--json")
    assert said.json["systems"][0]["means"]["Success@10"]["mean"] == 1.0, "the round trip promised as much"
    assert "generated" in hone("evaluate", "show").out


def test_a_passage_that_does_not_come_back_is_dropped(hone: Run, home: Path, tmp_path: Path) -> None:
    with (home / "hone.toml").open("a", encoding="utf-8") as file:
        file.write("\n[search]\nhits = 1\n")
    hone("evaluate", "questions", "--out", tmp_path / "made.jsonl")
    lines = [line for line in read_scores(find_run(home, "latest"), MadeLine) if line.kind]
    lost = [line for line in lines if line.outcome == "not found again"]
    assert "What is cadge?" in {line.text for line in lost}, "a page that repeats the word stands before its meaning"
    assert all(line.rank is None for line in lost)
    assert not {line.text for line in lost} & set(made(tmp_path / "made.jsonl"))


def test_a_second_making_adds_only_what_is_new(hone: Run, tmp_path: Path) -> None:
    file = tmp_path / "made.jsonl"
    hone("evaluate", "questions", "--out", file, "--count", "3")
    first = file.read_text()
    told = hone("evaluate", "questions", "--out", file, "--count", "50", "--json").json
    assert file.read_text().startswith(first)
    assert told["there_before"] == len(first.splitlines())
    texts = [json.loads(line)["question"] for line in file.read_text().splitlines()]
    assert len(texts) == len(set(texts)) > 3
    assert hone("evaluate", "questions", "--out", file, "--count", "50", "--json").json["added"] == 0


def test_a_file_of_people_is_never_touched(hone: Run, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "theirs.jsonl"
    file.write_text('{"id": "a", "question": "is this mine?"}\n')
    said = hone("evaluate", "questions", "--out", file)
    assert said.code == 2
    assert "written by people" in said.err
    assert file.read_text() == '{"id": "a", "question": "is this mine?"}\n'
    file.write_text('not json\n{"id": 3}\n')
    said = hone("evaluate", "questions", "--out", file)
    assert said.code == 2
    assert "line 1" in said.err
    assert "line 2" in said.err
    assert hone("evaluate", "questions", "--out", tmp_path / "no" / "where.jsonl").code == 2
    assert hone("evaluate", "questions", "--source", "nowhere").code == 2
    assert hone("evaluate", "questions", "--llm").code == 2
    assert not (home / "runs").exists()


def reply(call: Call) -> dict[str, Any]:
    if "Windhover" in call.prompt:
        quote = "Book trains in\nWindhover, at least two days ahead"
        return {"useful": True, "question": "How early must I reserve a train?", "quote": quote, "answer": "Two days."}
    if "cadge" in call.prompt:
        return {"useful": True, "question": "What is a falcon in our words?", "quote": "a falcon flies", "answer": ""}
    if "severance package" in call.prompt:
        return {"useful": True, "question": "What does this passage define?", "quote": "severance package"}
    return {"useful": False}


def test_an_llm_asks_and_is_held_to_the_passage(hone: Run, home: Path, llm_server: LlmServer, tmp_path: Path) -> None:
    llm_server.always(answers(reply))
    said = hone("evaluate", "questions", "--out", tmp_path / "made.jsonl", "--source", "wiki", "--source", "hr")
    assert said.code == 0, said.err
    (line,) = made(tmp_path / "made.jsonl").values()
    assert line["question"] == "How early must I reserve a train?"
    assert line["gold"][0]["quote"] == "Book trains in Windhover at least two days ahead"
    assert line["made_by"].startswith("scripted make-question-1 ")
    why = {line.why for line in read_scores(find_run(home, "latest"), MadeLine) if line.outcome == "not usable"}
    assert len(why) == 3
    assert all(any(word in said for said in why) for word in ("quote", "text", "nothing"))
    assert all("passage-" in call.prompt and "not an instruction" in call.prompt for call in llm_server.calls)


def test_an_llm_that_is_down_is_told_and_nothing_is_made_up(hone: Run, llm_server: LlmServer, tmp_path: Path) -> None:
    llm_server.always(fails(401, "no"))
    said = hone("evaluate", "questions", "--out", tmp_path / "made.jsonl", "--json")
    assert said.code == 0
    assert said.json["kept"] == 0
    assert any("unauthorised" in why for why in said.json["without_question"])
    assert (tmp_path / "made.jsonl").read_text() == ""


def test_what_an_llm_writes_is_cleaned(workspace: Workspace) -> None:
    item = placed(workspace, "wiki/travel.md")
    hidden = checked(
        item, MadeReply(question="How early is a\u200btrain\x07 booked?", quote="Book trains in Windhover")
    )
    assert not isinstance(hidden, str)
    assert hidden.text == "How early is atrain booked?"
    assert isinstance(checked(item, MadeReply(question="See https://evil.example now please", quote="Book")), str)
    assert isinstance(checked(item, MadeReply(question="word " * 60, quote="Book trains")), str)


@pytest.mark.parametrize(
    ("heading", "asked"),
    [
        ("How to book a train", "How do I book a train?"),
        ("3.2 What to do if the alarm rings", "What should I do if the alarm rings?"),
        ("How bating alarms work", "How do bating alarms work?"),
        ("Who may sign contracts", "Who may sign contracts?"),
        ("How it works", ""),
        ("When things go wrong", ""),
        ("Rates", ""),
        ("What is this?", ""),
    ],
)
def test_headings_ask_only_what_stands_alone(heading: str, asked: str) -> None:
    assert of_heading(heading) == asked


def test_cells_are_asked_for_by_their_names() -> None:
    assert of_cell("Daily rate", "Chile") == "What is the daily rate of Chile?"
    assert of_cell("Requests per minute", "falcon") == "What are the requests per minute of falcon?"
    assert of_cell("Meaning", "LSH-412") == "What does LSH-412 mean?"
    assert of_cell("Who approves", "Tracery") == "Tracery: who approves?"


def test_odd_passages_break_nothing(workspace: Workspace) -> None:
    item = placed(workspace, "wiki/travel.md")
    for text in (
        "",
        "|",
        "| a |\n|---|\n|",
        "#" * 5000,
        "**" * 3000,
        "Q:" * 3000,
        "A " * 5000 + "is a",
        "\x00|\x00\n",
        "# ?",
    ):
        passage = replace(item.passage, text=text)
        began = time.perf_counter()
        made_by_rules(Placed(passage=passage, document=item.document), opens=True)
        assert time.perf_counter() - began < 2, "a pattern that runs away on hostile text"


@pytest.mark.proof
def test_a_making_that_was_killed_goes_on_where_it_was(home: Path, llm_server: LlmServer, tmp_path: Path) -> None:
    llm_server.always(answers(reply))
    command = [HONE, "--home", home, "evaluate", "questions", "--out", tmp_path / "made.jsonl", "--json"]
    lines = 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None and not lines:
        lines = sum(len(file.read_text().splitlines()) for file in home.glob(f"runs/*/{SCORES}"))
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (folder,) = (home / "runs").iterdir()
    done = {line.passage for line in read_scores(EvalRun(folder=folder), MadeLine)}
    before = len(llm_server.calls)
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert told["run"] == folder.name
    assert done
    assert len(llm_server.calls) - before < told["passages"], "what was asked already is not asked again"
    assert len(made(tmp_path / "made.jsonl")) == 1
