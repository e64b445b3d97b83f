"""Question sets in every form: read as meant, and refused with everything that is wrong with them at once."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.records import Turn
from eval.data.questions import read_questions
from eval.records import QuestionSet
from hone.errors import UsageError
from hone.log.asks import AskLog
from hone.log.rows import Event, LoggedSearch
from hone.log.rows import now as log_now
from hone.workspace import Workspace
from sample import QUESTIONS, copy_to
from tests.conftest import MakeWorkspace
from tests.hone.log.test_asks import ASK

PEOPLE = '[people.ana]\ngroups = ["hr"]\n[people.bo]\n'


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    return make_workspace(PEOPLE)


def lines(*records: Mapping[str, Any] | str) -> str:
    return "".join(f"{record if isinstance(record, str) else json.dumps(record)}\n" for record in records)


def beir(folder: Path, queries: str, qrels: str, split: str = "test") -> Path:
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    (folder / "queries.jsonl").write_text(queries, encoding="utf-8")
    (folder / "qrels" / f"{split}.tsv").write_text(qrels, encoding="utf-8")
    return folder


def refusal(workspace: Workspace, origin: Path | str, **how: Any) -> UsageError:
    with pytest.raises(UsageError) as refused:
        read_questions(workspace, origin, **how)
    assert refused.value.exit_code == 2
    assert refused.value.hint
    return refused.value


def test_a_beir_folder_gives_the_judged_questions_of_its_split(workspace: Workspace, tmp_path: Path) -> None:
    queries = lines(
        {
            "_id": "q1",
            "text": "how?",
            "history": [["user", "hello"], ["agent", "yes"]],
            "qtype": "howto",
            "answer": "so",
        },
        {"_id": 2, "text": "unjudged here"},
        {"_id": "q3", "text": "which?", "metadata": {"any": "thing"}},
    )
    folder = beir(tmp_path / "set", queries, "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq3\td 3\t1\n")
    found = read_questions(workspace, folder, person="ana")
    assert [question.id for question in found.questions] == ["q1", "q3"]
    assert dict(found.questions[0].gold) == {"d1": 2.0, "d2": 0.0}
    assert dict(found.questions[1].gold) == {"d 3": 1.0}
    assert found.questions[0].history == (Turn(role="user", text="hello"), Turn(role="assistant", text="yes"))
    assert (found.questions[0].reference, dict(found.questions[0].tags)) == ("so", {"qtype": "howto"})
    assert found.questions[0].asker.groups == {"hr", "everyone"}
    assert (found.name, found.people_wrote) == ("set/test", True)


def test_a_fingerprint_is_that_of_what_was_read(workspace: Workspace, tmp_path: Path) -> None:
    queries, qrels = lines({"_id": "q1", "text": "how?"}), "q1\td1\t1\n"
    one, same = (read_questions(workspace, beir(tmp_path / name, queries, qrels)) for name in ("a", "b"))
    other = read_questions(workspace, beir(tmp_path / "c", queries, "q1\td1\t2\n"))
    assert one.fingerprint == same.fingerprint != other.fingerprint


def test_the_only_split_is_taken_and_another_must_be_there(workspace: Workspace, tmp_path: Path) -> None:
    folder = beir(tmp_path / "set", lines({"_id": "q1", "text": "how?"}), "q1\td1\t1\n", split="dev")
    assert read_questions(workspace, folder).name == "set/dev"
    assert "dev" in refusal(workspace, folder, split="test").hint


def test_everything_wrong_with_a_beir_folder_is_told_at_once(workspace: Workspace, tmp_path: Path) -> None:
    queries = lines(
        {"_id": "q1", "text": "how?"}, "not json", {"_id": "q1", "text": "again"}, {"_id": "q2", "text": " "}
    )
    qrels = "query-id\tcorpus-id\tscore\nq1\td1\tmuch\nq9\td1\t1\nq1 d1 1\nq1\td2\tnan\n\nq1\td3\t1\nq1\td3\t2\n"
    message = refusal(workspace, beir(tmp_path / "set", queries, qrels)).message
    assert message.startswith("8 problems in")
    for told in (
        "queries.jsonl, line 2: Invalid JSON",
        "queries.jsonl, line 3: _id 'q1' is on line 1",
        "queries.jsonl, line 4: text",
        "qrels/test.tsv, line 2: the grade 'much'",
        "qrels/test.tsv, line 3: queries.jsonl has no question 'q9'",
        "qrels/test.tsv, line 4: it has 1 columns",
        "qrels/test.tsv, line 5: the grade 'nan'",
        "qrels/test.tsv, line 8: 'q1' and 'd3' ",
    ):
        assert told in message


@pytest.mark.parametrize(("queries", "qrels"), [("", "q1\td1\t1\n"), (lines({"_id": "q1", "text": "how?"}), "\n")])
def test_an_empty_file_of_a_beir_folder_is_refused(
    workspace: Workspace, tmp_path: Path, queries: str, qrels: str
) -> None:
    assert "has no" in refusal(workspace, beir(tmp_path / "set", queries, qrels)).message


TOPICS = (
    "<top>\n<num> Number: 301\n<title> International Organized Crime\n\n<desc> Description:\nmore\n</top>\n"
    "<top>\n<num> Number: 302 </num>\n<title>\nPolio\nthen </title>\n</top>\n",
    "301\tInternational Organized Crime\n302\tPolio then\n",
    lines({"_id": 301, "text": "International Organized Crime"}, {"_id": "302", "text": "Polio then"}),
)


@pytest.mark.parametrize("topics", TOPICS, ids=["marked", "tabs", "jsonl"])
def test_trec_topics_are_read_in_each_dialect(workspace: Workspace, tmp_path: Path, topics: str) -> None:
    (tmp_path / "topics").write_text(topics, encoding="utf-8")
    (tmp_path / "qrels").write_text("301 0 FBIS3-1 2\n302 0 a%20b 1\n301 0 FBIS3-2 -1\n", encoding="utf-8")
    found = read_questions(workspace, tmp_path / "topics", qrels=tmp_path / "qrels")
    assert [(item.id, item.text) for item in found.questions] == [
        ("301", "International Organized Crime"),
        ("302", "Polio then"),
    ]
    assert dict(found.questions[0].gold) == {"FBIS3-1": 2.0, "FBIS3-2": -1.0}


def test_everything_wrong_with_trec_files_is_told_at_once(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "topics").write_bytes(b"1\tgood\nno tab\n1\tagain\n2\t\n\xff\xfe\n")
    (tmp_path / "qrels").write_text("1 0 d1\n9 0 d1 1\n1 0 d1 x\n", encoding="utf-8")
    message = refusal(workspace, tmp_path / "topics", qrels=tmp_path / "qrels").message
    assert message.startswith("7 problems")
    for told in (
        "line 2: there is no tab",
        "line 3: topic '1' is on line 1",
        "line 4: text",
        "line 5: it isn't UTF-8",
        "qrels, line 1: it has 3 columns",
        "qrels, line 2: there is no topic '9'",
        "qrels, line 3: the grade 'x'",
    ):
        assert told in message
    assert str(tmp_path / "none") in refusal(workspace, tmp_path / "topics", qrels=tmp_path / "none").message


def test_the_sample_questions_are_asked_by_their_askers(make_workspace: MakeWorkspace, tmp_path: Path) -> None:
    copy_to(tmp_path / "sample")
    found = read_questions(make_workspace((tmp_path / "sample" / "hone.toml").read_text()), QUESTIONS)
    by_id = {question.id: question for question in found.questions}
    assert len(found.questions) == len(QUESTIONS.read_text().splitlines())
    assert found.people_wrote
    followup = by_id["it-003"]
    assert [turn.role for turn in followup.history] == ["user", "assistant"]
    assert dict(followup.gold) == {"handbook/it/leash.md": 1.0, "handbook/it/burrow.html": 1.0}
    assert followup.contexts == ("If you are remote, Burrow P2.", "1 hour in desk hours")
    assert (followup.asker.name, followup.answerable, followup.tags["followup"]) == ("ravi", True, "yes")
    assert any(question.answerable is False and not question.gold for question in found.questions)
    as_one = read_questions(make_workspace(PEOPLE, "other"), QUESTIONS, person="ana")
    assert {question.asker.name for question in as_one.questions} == {"ana"}


def test_gold_may_name_passages_and_grades(workspace: Workspace, tmp_path: Path) -> None:
    gold = [{"document": "a", "passage": "p1", "grade": 3}, {"document": "a", "passage": "p2"}]
    file = tmp_path / "q.jsonl"
    file.write_text(lines({"id": 1, "question": "which?", "gold": gold, "made_by": "rules", "tags": {"kind": "faq"}}))
    found = read_questions(workspace, file)
    assert (found.questions[0].unit, dict(found.questions[0].gold)) == ("passage", {"p1": 3.0, "p2": 1.0})
    assert dict(found.questions[0].tags) == {"kind": "faq"}
    assert not found.people_wrote


def test_everything_wrong_with_a_questions_file_is_told_at_once(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(
        lines(
            {"id": "a", "question": "fine?", "asker": "ana"},
            {"id": "a", "question": "twice?"},
            {"id": "b", "question": "who?", "asker": "nobody-known"},
            {"id": "c", "question": "x", "gold": [{"quote": "nowhere"}]},
            {"id": "d", "question": "x", "unknown": 1},
            {"id": "e", "question": "x", "history": [["robot", "hm"]]},
            {"id": "f", "question": "x", "made_by": "llm"},
            "{",
        )
    )
    message = refusal(workspace, file).message
    for number, told in enumerate(("on line 1", "nobody-known", "gold.0", "unknown", "history", "generated"), 2):
        assert any(line.startswith(f"  line {number}:") and told in line for line in message.splitlines()), told
    assert "line 8: Invalid JSON" in message
    file.write_text("\n\n")
    assert "no questions" in refusal(workspace, file).message
    assert str(tmp_path / "gone") in refusal(workspace, tmp_path / "gone").message


def search(name: str, query: str, shown: tuple[str, ...], **more: Any) -> LoggedSearch:
    return LoggedSearch(search_id=name, person="ana", query=query, timestamp=log_now(), shown=shown, **more)


def from_log(workspace: Workspace, searches: list[LoggedSearch], events: list[Event]) -> QuestionSet:
    workspace.log.add(searches, events)
    return read_questions(workspace, "log")


def test_the_log_gives_the_strongest_thing_that_was_done(workspace: Workspace) -> None:
    groups = frozenset({"hr", "everyone"})
    searches = [
        search("s1", "holiday  rules", ("p1", "p2", "p3"), documents=("d1", "d2", "d2"), groups=groups),
        search("s2", "Holiday rules", ("p1",), documents=("d1",), groups=groups),
        search("s3", "holiday rules", ("p1",), documents=("d1",), groups=frozenset({"everyone"})),
        search("s4", "only looked at", ("p1",), documents=("d1",), groups=groups),
        search("s5", "disliked", ("p1",), documents=("d1",), groups=groups),
        search("s6", "praised", ("p1",), documents=("d1",), groups=groups),
    ]
    events = [
        Event(action="click", search_id="s1", object_id="p1"),
        Event(action="relevant", search_id="s2", object_id="p1"),
        Event(action="open", search_id="s1", object_id="p3"),
        Event(action="thumb_down", search_id="s1", object_id="p2"),
        Event(action="click", search_id="s1", object_id="never shown"),
        Event(action="click", search_id="s3", object_id="d1"),
        Event(action="thumb_down", search_id="s5", object_id="p1"),
        Event(action="reformulate", search_id="s4", object_id="p1"),
        Event(action="thumb_up", search_id="s6", object_id="p1"),
    ]
    found = from_log(workspace, searches, events)
    assert [(item.id, item.text, dict(item.gold)) for item in found.questions] == [
        ("s1", "holiday rules", {"d1": 3, "d2": 2}),
        ("s3", "holiday rules", {"d1": 1}),  # other readers: another question
        ("s6", "praised", {"d1": 2}),
    ]
    assert found.questions[0].asker.groups == groups
    assert found.origin == "log"


def test_an_imported_log_names_what_it_showed(workspace: Workspace) -> None:
    found = from_log(
        workspace,
        [search("s1", "a", ("d1", "d2"), imported=True)],
        [Event(action="click", search_id="s1", object_id="d2")],
    )
    assert dict(found.questions[0].gold) == {"d2": 1}


def test_a_document_that_was_missed_is_judged_where_somebody_calls_it_right(workspace: Workspace) -> None:
    missed: dict[str, Any] = {"object_id": "p9", "attributes": {"shown": False, "document": "d9"}}
    events = [Event(action=action, search_id="s1", **missed) for action in ("relevant", "thumb_up")]
    events.append(Event(action="thumb_up", search_id="s2", **missed))
    searches = [search(name, name, ("p1",), documents=("d1",)) for name in ("s1", "s2")]
    assert [dict(item.gold) for item in from_log(workspace, searches, events).questions] == [{"d9": 3}]


def test_an_ask_is_one_question_and_who_opted_out_has_none(workspace: Workspace) -> None:
    parts = [search("s1", "holiday", ("p1",), documents=("d1",)), search("s2", "rules", ("p2",), documents=("d2",))]
    made = tuple({"id": item.search_id, "text": item.query, "search_id": item.search_id} for item in parts)
    asked = replace(
        ASK, client_id="ana", question="and the rules?", plan={"standalone": "holiday rules"}, searches=made
    )
    AskLog(workspace.log_database).record(asked)
    bos = replace(search("s3", "badges", ("p3",), documents=("d3",)), person="bo")
    events = [Event(action="open", search_id=name, object_id=f"p{name[1]}") for name in ("s1", "s2", "s3")]
    found = from_log(workspace, [*parts, bos], events)
    assert [(item.text, dict(item.gold)) for item in found.questions] == [
        ("holiday rules", {"d1": 2, "d2": 2}),
        ("badges", {"d3": 2}),
    ]
    workspace.optouts.add("ana")
    assert [item.text for item in read_questions(workspace, "log").questions] == ["badges"]
    workspace.optouts.add("bo")
    assert "searches import" in refusal(workspace, "log").hint


def test_a_log_in_which_nobody_did_anything_is_refused(workspace: Workspace) -> None:
    assert "searches import" in refusal(workspace, "log").hint
