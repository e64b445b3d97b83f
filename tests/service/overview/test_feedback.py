"""What became of feedback."""

import json
from pathlib import Path
from typing import Any

import pytest

from hone.errors import UsageError
from hone.log.rows import Event
from service.feedback import Word
from service.overview.evaluations import evaluations, report_of
from service.overview.feedback import changes_of, given_by, to_review, uses_of
from service.service import Service
from tests.agents.workplace import ANA, BO
from tests.service.conftest import Search
from training.candidates.promotion_impact import Outcome, write_outcomes

SHEETS: dict[str, dict[str, Any]] = {
    "manifest.json": {
        "version": "m0001",
        "base": "MiniLM@0",
        "base_hash": "0",
        "tier": "lora",
        "location": "models/m0001",
        "fusion": {"bm25": 0.6, "power": 2.0},
        "hone": "0.1.0",
        "code": "abc",
        "training_set": "",
        "pairs": {"train": 1, "dev": 1, "test": 1},
        "sources": {"log": 3},
        "settings": {},
        "seed": 7,
    },
    "verdict.json": {
        "version": "m0001",
        "live": "MiniLM@0",
        "live_generation": "g000001",
        "generation": "g000002",
    },
}


def write_sheet(home: Path, folder: str, name: str, **values: Any) -> None:
    """Write what training leaves behind, with something in each place that must not be empty."""
    (home / "models" / folder).mkdir(parents=True, exist_ok=True)
    (home / "models" / folder / name).write_text(
        json.dumps(SHEETS[name] | {"version": folder} | values), encoding="utf-8"
    )


def test_without_any_training_nothing_was_used(service: Service) -> None:
    assert uses_of(service.workspace, ["e1"]) == {}
    assert changes_of(service.workspace, ["s1"]) == {}


def test_each_model_that_learned_from_it_is_told_newest_first(service: Service) -> None:
    home, live = service.workspace.home, service.workspace.registry.live()
    assert live is not None
    write_sheet(home, "m0001", "manifest.json", model="old@1", created="2026-11-01T00:00:00Z", evidence=["e1", "e2"])
    write_sheet(home, "m0001", "verdict.json", model="old@1", decided="2026-11-01T01:00:00Z", decision="refused")
    write_sheet(
        home,
        "m0002",
        "manifest.json",
        model=live.model.id,
        created="2026-11-10T00:00:00Z",
        training_set="log of November",
        evidence=["e1"],
    )
    uses = uses_of(service.workspace, ["e1", "e3"])
    assert set(uses) == {"e1"}
    newest, oldest = uses["e1"]
    assert (newest.model, newest.live, newest.decision) == (live.model.id, True, "promoted")
    assert newest.training_set == "log of November"
    assert (oldest.model, oldest.live, oldest.decision) == ("old@1", False, "refused")


def test_questions_are_compared_with_what_the_live_model_made_of_them(service: Service) -> None:
    home, live = service.workspace.home, service.workspace.registry.live()
    assert live is not None
    outcomes = [
        Outcome(search_id=name, before=0.5, after=after) for name, after in (("a", 0.9), ("b", 0.1), ("c", 0.502))
    ]
    for number, model in enumerate((live.model.id, "other@1"), start=1):
        write_sheet(home, f"m000{number}", "manifest.json", model=model, created="2026-11-01T00:00:00Z")
        write_outcomes(home, f"m000{number}", [outcomes[0].model_copy(update={"after": 0.0}), *outcomes[1:]])
    write_outcomes(home, "m0001", outcomes)
    changes = changes_of(service.workspace, ["a", "b", "c", "d"])
    assert {name: changed.change for name, changed in changes.items()} == {"a": "better", "b": "worse", "c": "same"}
    (home / "models" / "m0001" / "outcomes.json").write_text("[", encoding="utf-8")
    assert changes_of(service.workspace, ["a"]) == {}, "a page about feedback does not fail for it"


def test_a_manifest_that_cannot_be_read_hides_no_other(service: Service) -> None:
    home = service.workspace.home
    write_sheet(home, "m0001", "manifest.json", model="good@1", created="2026-11-01T00:00:00Z", evidence=["e1"])
    write_sheet(home, "m0002", "manifest.json", model="no date", evidence=["e1"])
    write_sheet(home, ".m0003.fitting", "manifest.json", model="half", created="2026-11-01T00:00:00Z", evidence=["e1"])
    assert [use.model for use in uses_of(service.workspace, ["e1"])["e1"]] == ["good@1"]


def test_a_model_that_passed_is_told_apart_from_one_that_serves(service: Service) -> None:
    home, live = service.workspace.home, service.workspace.registry.live()
    assert live is not None
    for version, model in (("m0001", "other@1"), ("m0002", live.model.id)):
        write_sheet(home, version, "manifest.json", model=model, created="2026-11-02T00:00:00Z", evidence=["e1"])
        write_sheet(home, version, "verdict.json", model=model, decided="2026-11-03T00:00:00Z", decision="promoted")
    uses = uses_of(service.workspace, ["e1"])["e1"]
    assert [(item.model, item.live, item.decision) for item in uses] == [
        (live.model.id, True, "promoted"),
        ("other@1", False, "promoted"),
    ]


def test_feedback_comes_with_its_question_and_its_document(service: Service, search: Search) -> None:
    result = search("VPN password", ANA)
    ask = service.ask("When does the garage open?", ANA)
    list(ask.tail())
    assert ask.answer is not None
    service.feedback.give(Word(action="thumb_up", search_id=ask.answer.search_ids[0], ask_id=ask.answer.ask_id), ANA)
    for name in (result.hits[0].passage, "wiki/leave.md"):
        service.feedback.give(Word(action="relevant", search_id=result.search_id, object_id=name), ANA)
    removed = Event(action="relevant", search_id=result.search_id, person=ANA.name, object_id="nowhere.md")
    service.workspace.log.record_event(removed)  # about a document that has gone since
    found = given_by(service.workspace, service.library, ANA)
    told = {(item.question, item.about, item.document.id if item.document else "") for item in found}
    assert told == {
        ("When does the garage open?", "answer", ""),
        ("VPN password", "document", result.hits[0].document),
        ("VPN password", "document", "wiki/leave.md"),
        ("VPN password", "gone", ""),
    }
    assert given_by(service.workspace, service.library, BO) == []


def test_titles_are_told_only_to_those_who_may_read_the_document(service: Service, search: Search) -> None:
    result = search("severance budget", BO)
    (hit,) = [hit for hit in result.hits if hit.source == "hr"]
    for name in (hit.passage, hit.document):
        service.feedback.give(Word(action="relevant", search_id=result.search_id, object_id=name), BO)
    mine = given_by(service.workspace, service.library, BO)
    assert [item.document.title for item in mine if item.document] == ["Severance budget"] * 2
    theirs = to_review(service.workspace, service.library, ANA)
    assert [(item.about, item.document) for item in theirs] == [("gone", None)] * 2


def test_only_what_needs_a_look_is_to_be_reviewed(service: Service, search: Search) -> None:
    result = search("VPN password", ANA)
    for action in ("thumb_up", "open", "copy"):
        service.feedback.give(Word(action=action, search_id=result.search_id), ANA)
    assert to_review(service.workspace, service.library, BO) == []
    service.feedback.give(Word(action="thumb_down", search_id=result.search_id, reason="Wrong year"), ANA)
    (item,) = to_review(service.workspace, service.library, BO)
    assert (item.event.action, item.reason, item.question) == ("thumb_down", "Wrong year", "VPN password")


def test_feedback_on_a_forgotten_search_stands_without_its_question(service: Service, search: Search) -> None:
    result = search("VPN password", ANA)
    service.feedback.give(Word(action="thumb_up", search_id=result.search_id), ANA)
    with service.workspace.log_database.write() as connection:
        connection.exec_driver_sql("DELETE FROM searches")
    assert [item.question for item in given_by(service.workspace, service.library, ANA)] == [""]


def write_run(home: Path, id_: str, *, finished: bool = True) -> None:
    folder = home / "runs" / id_
    folder.mkdir(parents=True)
    settings = {"id": id_, "kind": "retrieval", "started": "2026-11-20T10:00:00+00:00"}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    if finished:
        summary = {"questions": 3, "systems": [{"system": "page", "means": {"nDCG@10": {"mean": 0.5}}}], "p": None}
        (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
        (folder / "report.html").write_text("<h1>Report</h1>", encoding="utf-8")


def test_runs_are_listed_with_their_figures(service: Service) -> None:
    home = service.workspace.home
    assert evaluations(home) == []
    write_run(home, "20261120-100000-retrieval-aaaa")
    write_run(home, "20261121-100000-retrieval-bbbb", finished=False)
    interrupted, finished = evaluations(home)
    assert (interrupted.finished, interrupted.report, interrupted.figures) == (False, False, {})
    assert (finished.finished, finished.kind) == (True, "retrieval")
    assert finished.figures == {"questions": 3.0, "systems.0.means.nDCG@10.mean": 0.5}
    assert report_of(home, finished.id) == "<h1>Report</h1>"
    with pytest.raises(UsageError):
        report_of(home, interrupted.id)
    with pytest.raises(UsageError):
        report_of(home, "../../etc")
