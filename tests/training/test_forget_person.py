"""A person forgotten, and the models that can't."""

import os

import pytest
from typer.testing import CliRunner

from cli.main import app
from eval.rating.store import RatingStore
from hone.errors import HoneError, UsageError
from tests.training.office import NOW, Office
from tests.training.sheets import candidate, verdict
from training.candidates.candidates import find_candidate, write_verdict
from training.candidates.drafts import abandoned, begin, training_lock
from training.candidates.forgotten_models import FILE, forgotten_in, models_with_forgotten
from training.candidates.promotion_impact import Outcome, read_outcomes, write_outcomes
from training.forget_person import forget_person, learned_from
from training.gate.verdict import Check, Regression


def used(office: Office) -> None:
    """Let ana and bo use the office; ids are s0 e1 a2, and s4 e5."""
    first = office.search("ana", "vpn token", ["vpn.md#0"])
    office.act(first, "relevant", "vpn.md#0")
    office.ask([first], ["vpn.md#0"])
    office.act(office.search("bo", "leave rules", ["leave.md#0"]), "relevant", "leave.md#0")
    office.write()


def test_models_that_learned_from_somebody_are_told_also_through_another_model(office: Office) -> None:
    used(office)
    home = office.workspace.home
    candidate(home, "m0001", evidence=["e1", "ask:a2", "e5"], measured=["e1"])
    candidate(home, "m0002", evidence=["e5"])
    candidate(home, "m0003", evidence=["e5"], base="m0001@1")
    found = learned_from(office.workspace, "ana")
    assert [(item.version, item.evidence, item.measured, item.through) for item in found] == [
        ("m0003", 0, 0, ("m0001",)),
        ("m0001", 2, 1, ()),
    ]
    assert not any(item.live for item in found)
    assert {item.version for item in learned_from(office.workspace, "bo")} == {"m0003", "m0002", "m0001"}
    assert learned_from(office.workspace, "cy") == ()


def test_the_log_forgets_and_the_models_keep_a_note_without_a_name(office: Office) -> None:
    used(office)
    folder = candidate(office.workspace.home, "m0001", evidence=["e1", "ask:a2"])
    other = candidate(office.workspace.home, "m0002", evidence=["e5"])
    store = RatingStore(office.workspace.home)
    store.keep_label(("q", "p"), "ana", 3)
    store.keep_label(("q", "p"), "bo", 3)
    gone = forget_person(office.workspace, "ana")
    assert (gone.searches, gone.events, gone.asks, gone.labels) == (1, 1, 1, 1)
    assert [item.version for item in gone.models] == ["m0001"]
    (note,) = forgotten_in(folder)
    assert (note.evidence, note.measured, note.through) == (2, 0, ())
    assert "ana" not in (folder / FILE).read_text().replace("manifest", "")
    assert forgotten_in(other) == ()
    assert [label.person for label in store.labels()] == ["bo"]
    assert office.workspace.log.counts().searches == 1
    again = forget_person(office.workspace, "ana")
    assert (again.searches, again.models) == (0, ())
    assert len(forgotten_in(folder)) == 1
    forget_person(office.workspace, "bo")
    assert len(forgotten_in(other)) == 1
    store.close()


def test_what_is_trained_on_top_after_the_forgetting_has_it_too(office: Office) -> None:
    used(office)
    home = office.workspace.home
    candidate(home, "m0001", evidence=["e1"])
    forget_person(office.workspace, "ana")
    clean = candidate(home, "m0002", evidence=["e5"])
    on_top = candidate(home, "m0003", evidence=["e5"], base="m0001@1")
    further = candidate(home, "m0004", base="m0003@1")
    assert forgotten_in(clean) == ()
    assert [note.through for note in forgotten_in(on_top)] == [("m0001",)]
    (note,) = forgotten_in(further)
    assert (note.evidence, note.measured, note.through) == (0, 0, ("m0001",))
    assert [item.version for item in models_with_forgotten(office.workspace)] == ["m0004", "m0003", "m0001"]


def test_no_verdict_quotes_them_any_more_and_no_outcome_names_a_search_of_theirs(office: Office) -> None:
    used(office)
    home = office.workspace.home
    candidate(home, "m0001", measured=["e1"])
    candidate(home, "m0002", decision=None)
    told = "answered: lost, among others: 'VPN token', 'leave rules'."
    was = verdict("m0001", "refused", NOW).model_copy(
        update={
            "reasons": (told,),
            "checks": (Check(name="answered", passed=False, says=told),),
            "regressions": tuple(
                Regression(question=text, before=1.0, after=0.0) for text in ("VPN token?", "leave rules")
            ),
        }
    )
    write_verdict(home, was)
    scores = [Outcome(search_id=name, before=0.0, after=1.0) for name in ("s0", "s4")]
    write_outcomes(home, "m0001", scores)
    forget_person(office.workspace, "ana")
    left = find_candidate(home, "m0001").verdict
    assert left is not None
    assert left.reasons == (left.checks[0].says,) == ("answered: lost, among others: '…', 'leave rules'.",)
    assert [item.question for item in left.regressions] == ["leave rules"]
    assert (left.decision, left.decided) == (was.decision, was.decided)
    assert [item.search_id for item in read_outcomes(home, "m0001")] == ["s4"]


def test_what_was_left_unfinished_goes_and_nothing_is_forgotten_while_a_model_is_trained(office: Office) -> None:
    used(office)
    home = office.workspace.home
    os.close(begin(home).lock)  # as when its process is killed
    with training_lock(office.workspace), pytest.raises(HoneError, match="Another retraining"):
        forget_person(office.workspace, "ana")
    assert office.workspace.log.counts().searches == 2
    assert abandoned(home) == ("m0001",)
    forget_person(office.workspace, "ana")
    assert abandoned(home) == ()


def test_a_forgetting_that_was_cut_off_leaves_one_note_when_it_is_done_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    used(office)
    folder = candidate(office.workspace.home, "m0001", evidence=["e1"])

    def fall_over(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("training.forget_person.AskLog.forget", fall_over)
        with pytest.raises(KeyboardInterrupt):
            forget_person(office.workspace, "ana")
    assert office.workspace.log.counts().searches == 2
    forget_person(office.workspace, "ana")
    assert len(forgotten_in(folder)) == 1


def test_nobody_in_particular_can_not_be_forgotten(office: Office) -> None:
    with pytest.raises(UsageError):
        forget_person(office.workspace, "")


def test_a_model_that_can_not_be_read_is_told(office: Office) -> None:
    used(office)
    folder = candidate(office.workspace.home, "m0001", evidence=["e1"])
    (folder / "manifest.json").write_text("{")
    assert len(forget_person(office.workspace, "ana").unreadable) == 1


def test_the_command_names_the_models_before_it_asks(office: Office) -> None:
    used(office)
    candidate(office.workspace.home, "m0001", evidence=["e1"])
    command = ["--home", str(office.workspace.home), "searches", "forget", "ana"]
    said = CliRunner().invoke(app, command, input="n\n")
    assert said.exit_code == 1
    assert "m0001" in said.stdout
    assert office.workspace.log.counts().searches == 2
