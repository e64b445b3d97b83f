"""Every form of a data set comes out the same, and what is wrong with one is told all at once."""

import csv
import importlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from agents.records import Turn
from eval.data.datasets import AnswerSet, DatasetOrigin, read_answer_set
from eval.data.rows import GivenAnswer
from hone.errors import UsageError
from hone.workspace import Workspace

Make = Callable[..., Workspace]
ROWS: list[dict[str, Any]] = [
    {
        "user_input": "Who keeps the key?",
        "response": "Ada does [1].",
        "reference": "Ada keeps it.",
        "retrieved_contexts": ["Ada keeps the key.", 'Bo, "the cook", keeps\nthe pot.'],
        "retrieved_context_ids": ["p1", "p2"],
        "reference_context_ids": ["p1"],
        "reference_contexts": ["Ada keeps the key."],
    },
    {"user_input": "Wer kocht?", "response": "Bo.", "reference": "Bo kocht, jeden Tag."},
]


def load(library: str) -> Any:
    """Import what writes data sets; eval.ragas_judge keeps ragas from telling of it."""
    importlib.import_module("eval.ragas_judge")
    return importlib.import_module(library)


def jsonl(folder: Path, rows: Iterable[object] = ROWS) -> Path:
    file = folder / "set.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


def ragas_jsonl(folder: Path) -> Path:
    load("ragas").EvaluationDataset.from_list(ROWS).to_jsonl(folder / "set.jsonl")
    return folder / "set.jsonl"


def ragas_csv(folder: Path) -> Path:
    load("ragas").EvaluationDataset.from_list(ROWS).to_csv(folder / "set.csv")
    return folder / "set.csv"


def json_csv(folder: Path) -> Path:
    with (folder / "set.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        for row in ROWS:
            writer.writerow(
                {name: value if isinstance(value, str) else json.dumps(value) for name, value in row.items()}
            )
    return folder / "set.csv"


def saved(folder: Path) -> Path:
    load("datasets").Dataset.from_list(ROWS).save_to_disk(str(folder / "set"))
    return folder / "set"


def saved_splits(folder: Path) -> Path:
    datasets = load("datasets")
    splits = {"train": datasets.Dataset.from_list(ROWS[:1]), "test": datasets.Dataset.from_list(ROWS)}
    datasets.DatasetDict(splits).save_to_disk(str(folder / "set"))
    return folder / "set"


@pytest.mark.parametrize("write", [jsonl, ragas_jsonl, ragas_csv, json_csv, saved, saved_splits])
def test_every_form_reads_the_same(write: Callable[[Path], Path], tmp_path: Path, make_workspace: Make) -> None:
    found = read_answer_set(make_workspace(), DatasetOrigin(path=write(tmp_path), as_is=True))
    first, second = found.questions.questions
    assert (first.id, first.text, first.reference) == ("1", "Who keeps the key?", "Ada keeps it.")
    assert (dict(first.gold), first.contexts) == ({"p1": 1.0}, ("Ada keeps the key.",))
    assert found.given == {
        "1": GivenAnswer(
            response="Ada does [1].",
            contexts=("Ada keeps the key.", 'Bo, "the cook", keeps\nthe pot.'),
            context_ids=("p1", "p2"),
        ),
        "2": GivenAnswer(response="Bo."),
    }
    assert (second.reference, second.gold) == ("Bo kocht, jeden Tag.", {})


def read(workspace: Workspace, path: Path, **options: Any) -> AnswerSet:
    return read_answer_set(workspace, DatasetOrigin(path=path, **options))


def test_answers_are_left_where_they_are_unless_they_are_to_be_scored(tmp_path: Path, make_workspace: Make) -> None:
    assert read(make_workspace(), jsonl(tmp_path)).given == {}


def test_a_conversation_becomes_a_question_with_what_was_said_before(tmp_path: Path, make_workspace: Make) -> None:
    messages = [
        {"content": "Who keeps the key?", "type": "human"},
        {"content": "Ada.", "type": "ai", "metadata": None},
        {"content": "And the pot?", "type": "human"},
        {"content": "Bo.", "type": "ai", "tool_calls": None},
    ]
    found = read(make_workspace(), jsonl(tmp_path, [{"user_input": messages}]), as_is=True)
    assert found.questions.questions[0].text == "And the pot?"
    assert found.questions.questions[0].history == (
        Turn(role="user", text="Who keeps the key?"),
        Turn(role="assistant", text="Ada."),
    )
    assert found.given["1"] == GivenAnswer(response="Bo.")


def test_our_own_questions_are_read_too(tmp_path: Path, make_workspace: Make) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"id": "q", "question": "Who?", "answer": "Ada.", "answerable": true}\n', encoding="utf-8")
    question = read(make_workspace(), file).questions.questions[0]
    assert (question.id, question.reference, question.answerable) == ("q", "Ada.", True)
    with pytest.raises(UsageError, match="no answers"):
        read(make_workspace(), file, as_is=True)


def test_every_problem_is_told_with_its_line(tmp_path: Path, make_workspace: Make) -> None:
    file = tmp_path / "set.jsonl"
    lines = [
        '{"user_input": "good", "response": "yes", "id": "a"}',
        '{"user_input": "", "response": "yes"}',
        "",
        '{"user_input": "x", "refrence": "typo", "response": "yes"}',
        '{"user_input": "x", "response":',
        '{"user_input": "x", "id": "a", "response": "y"}',
        '{"user_input": "x"}',
        '{"user_input": "x", "response": "y", "asker": "nobody-known"}',
        '{"user_input": "x", "response": "y", "retrieved_contexts": ["a"], "retrieved_context_ids": ["1", "2"]}',
        '{"user_input": [{"content": "only the machine talks", "type": "ai"}]}',
        '["not a row"]',
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        read(make_workspace(), file, as_is=True)
    told = refused.value.message.splitlines()
    assert told[0].startswith("9 problems in")
    for line, words in (
        (2, "user_input.text: String should"),
        (4, "refrence: unknown field"),
        (5, "JSON"),
        (6, "'a' is on line 1"),
        (7, "response:"),
        (8, "no person 'nobody-known'"),
        (9, "2 for 1 retrieved_contexts"),
        (10, "user_input:"),
        (11, "valid dictionary"),
    ):
        assert any(text.startswith(f"  line {line}: ") and words in text for text in told), (line, told)


def test_a_csv_tells_the_line_on_which_a_row_begins(tmp_path: Path, make_workspace: Make) -> None:
    file = tmp_path / "set.csv"
    file.write_text(
        'user_input,retrieved_contexts\n"one\n\nquestion","[""a""]"\ntwo,[\'a\' \'b\']\nthree,{\nfour,"[""a""]",more\n',
        encoding="utf-8",
    )
    with pytest.raises(UsageError) as refused:
        read(make_workspace(), file)
    told = refused.value.message
    assert "line 5: retrieved_contexts: " in told
    assert "numpy" in told
    assert "line 6: retrieved_contexts: " in told
    assert "line 7: it has 1 more" in told
    assert told.startswith("3 problems")


def test_a_csv_may_hold_long_cells(tmp_path: Path, make_workspace: Make) -> None:
    file = tmp_path / "set.csv"
    file.write_text(f"user_input,reference\nq,{'long ' * 100_000}\n", encoding="utf-8")
    assert len(read(make_workspace(), file).questions.questions[0].reference) == 500_000
    assert csv.field_size_limit() == 131_072


@pytest.mark.parametrize("name", ["empty.jsonl", "empty.csv"])
def test_an_empty_file_is_refused(name: str, tmp_path: Path, make_workspace: Make) -> None:
    (tmp_path / name).write_text("user_input\n" if name.endswith("csv") else "\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no questions"):
        read(make_workspace(), tmp_path / name)


def test_a_split_is_named_where_there_are_several(tmp_path: Path, make_workspace: Make) -> None:
    folder, workspace = saved_splits(tmp_path), make_workspace()
    assert len(read(workspace, folder, split="train").questions.questions) == 1
    with pytest.raises(UsageError, match="no split 'dev'"):
        read(workspace, folder, split="dev")
    (folder / "test" / "data-00000-of-00001.arrow").write_bytes(b"not arrow at all")
    with pytest.raises(UsageError, match="can't be read"):
        read(workspace, folder)
    (folder / "test" / "data-00000-of-00001.arrow").unlink()
    with pytest.raises(UsageError, match="data-00000"):
        read(workspace, folder)
