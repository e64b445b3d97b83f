"""When another training is worth its time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.training.office import MORNING, NOW, Office
from tests.training.sheets import candidate, verdict
from training import schedule as module
from training.evidence.judgments import combine
from training.evidence.rules import EvidenceRules
from training.evidence.usable import Usable
from training.records import RelevanceEvidence
from training.refusals import remember_refusal
from training.schedule import LastTraining, count_new, decide, last_training, should_retrain

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def piece(number: int, when: datetime) -> RelevanceEvidence:
    return RelevanceEvidence(
        query=f"question {number}",
        passage=f"d{number % 40}#0",
        document=f"d{number % 40}",
        kind="relevant",
        grade=3,
        weight=0.9,
        person=f"p{number % 5}",
        asked=when,
        when=when,
        grounds=(f"e{number}",),
    )


def usable(office: Office, before: int, fresh: int) -> Usable:
    """Return so much evidence from before the last training, and since, in a log that is good for training."""
    items = [piece(n, NOW - 9 * DAY) for n in range(before)] + [piece(before + n, NOW) for n in range(fresh)]
    return replace(office.usable(), evidence=tuple(items), judgments=combine(items, {}))


def last(refused: datetime | None = None) -> LastTraining:
    return LastTraining(name="m0003", at=NOW - DAY * 2, refused=refused)


def test_the_first_training_waits_for_enough_and_then_is_due(office: Office) -> None:
    little = decide(usable(office, 0, 100), None, NOW)
    assert not little.due
    assert "200 more question–passage pairs" in little.why
    assert decide(usable(office, 0, 400), None, NOW).due


@pytest.mark.parametrize(
    ("before", "fresh", "expected"),
    [(4000, 299, False), (4000, 300, True), (500, 99, False), (500, 100, True)],
)
def test_later_ones_take_300_new_pieces_or_a_fifth_more(
    office: Office, before: int, fresh: int, *, expected: bool
) -> None:
    found = decide(usable(office, before, fresh), last(), NOW)
    assert (found.due, found.came.fresh) == (expected, fresh)
    assert f"{fresh:,} new pieces of evidence since m0003, after {before:,} before" in found.why


@pytest.mark.parametrize(("fresh", "hours", "expected"), [(250, 3, False), (300, 3, True), (250, 25, True)])
def test_within_a_day_of_a_refusal_it_takes_half_as_much_again(
    office: Office, fresh: int, hours: int, *, expected: bool
) -> None:
    found = decide(usable(office, 600, fresh), last(refused=NOW - hours * HOUR), NOW)
    assert found.due is expected
    assert ("300 are needed within a day of a refusal" in found.why) is not expected


def test_what_pairs_rest_on_is_not_new_whatever_its_date() -> None:
    known = replace(last(), grounds=frozenset({"e1"}))
    found = count_new([piece(1, NOW), piece(2, NOW), piece(3, NOW - 9 * DAY)], known)
    assert (found.before, found.fresh) == (2, 1)


def test_the_newest_training_counts_and_one_that_left_nothing_behind_is_remembered(office: Office) -> None:
    home = office.workspace.home
    assert last_training(home) is None
    candidate(home, "m0001", evidence=["e1"], measured=["e2"], created=NOW - 9 * DAY)
    candidate(home, "m0002", created=NOW - 8 * DAY, decision=None)
    found = last_training(home)
    assert found
    assert (found.name, found.refused) == ("m0002", NOW - 8 * DAY)
    remember_refusal(home, verdict("m0002", "refused", NOW), NOW)  # it has a folder of its own
    assert last_training(home) == found
    remember_refusal(home, verdict("", "refused", NOW - DAY), NOW - DAY - HOUR)
    newest = last_training(home)
    assert newest
    assert (newest.name, newest.at, newest.refused) == ("", NOW - DAY - HOUR, NOW - DAY)


def test_a_log_that_has_not_grown_is_not_looked_into(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.act(office.search("ana", "vpn token", ["vpn.md#0"]), "relevant", "vpn.md#0")
    office.write()
    candidate(office.workspace.home, "m0001", created=NOW - HOUR)
    monkeypatch.setattr(module, "find_usable", _refuse)
    found = should_retrain(office.workspace, EvidenceRules(), NOW)
    assert (found.due, found.why) == (False, "Nothing is new since m0001.")


def test_what_comes_while_a_model_is_trained_is_new(office: Office) -> None:
    candidate(office.workspace.home, "m0001", read=MORNING - HOUR, created=MORNING + HOUR)
    office.act(office.search("ana", "vpn token", ["vpn.md#0"]), "relevant", "vpn.md#0")
    office.write()
    assert should_retrain(office.workspace, EvidenceRules(), NOW).came.fresh == 1


def test_one_that_has_grown_is(office: Office) -> None:
    candidate(office.workspace.home, "m0001", created=MORNING - HOUR)
    office.act(office.search("ana", "vpn token", ["vpn.md#0"]), "relevant", "vpn.md#0")
    office.write()
    found = should_retrain(office.workspace, EvidenceRules(), NOW)
    assert (found.due, found.came.fresh) == (False, 1)
    assert "too little" in found.why


def _refuse(*_: object, **__: object) -> None:
    raise AssertionError("it was looked into")
