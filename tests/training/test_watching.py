"""Looking whether a retraining is due: what is said of it, and what never ends a watch."""

from datetime import timedelta
from pathlib import Path

import pytest

from hone.errors import HoneError
from hone.workspace import Workspace
from tests.copying import copied
from tests.training.promotions import open_shop
from training.gate.verdict import Verdict
from training.plan import TrainingPlan
from training.watching import Stop, WatchEvent, look_once, watch


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with five documents that nobody has searched yet."""
    workspace = open_shop(tmp_path_factory.mktemp("shop") / "home")
    workspace.close()
    return workspace.home


@pytest.fixture
def home(indexed: Path, tmp_path: Path) -> Path:
    return copied(indexed, tmp_path / "home")


def refused(workspace: Workspace, plan: TrainingPlan) -> Verdict:
    """Refuse, as a retraining does that gained nothing."""
    live = workspace.registry.live()
    assert live is not None
    return Verdict.model_validate(
        {
            "version": "m0001",
            "model": "m",
            "live": live.model.id,
            "live_generation": live.id,
            "generation": "",
            "decided": "2026-11-27T00:00:00Z",
            "decision": "refused",
            "reasons": [f"no gain within {plan.budget}"],
        }
    )


def never(workspace: Workspace, plan: TrainingPlan) -> Verdict:
    raise AssertionError("it is not due")


def test_a_look_waits_while_there_is_too_little(home: Path) -> None:
    heard: list[WatchEvent] = []
    look_once(home, TrainingPlan(), never, heard.append)
    assert [event.what for event in heard] == ["waiting"]


def test_a_look_goes_on_with_what_was_cut_off_and_says_how_it_ended(home: Path) -> None:
    heard: list[WatchEvent] = []
    look_once(home, TrainingPlan(resume=True, budget=timedelta(minutes=1)), refused, heard.append)
    due, ended = heard
    assert due.what == "due"
    assert (ended.what, ended.version, ended.why) == ("refused", "m0001", "no gain within 0:01:00")


@pytest.mark.parametrize(
    ("error", "told"),
    [(HoneError("The disk is full.", hint="Make room."), True), (ValueError("of the unexpected"), False)],
)
def test_a_retraining_that_fails_is_told_and_ends_no_watch(home: Path, error: Exception, told: bool) -> None:
    def fail(workspace: Workspace, plan: TrainingPlan) -> Verdict:
        raise error

    heard: list[WatchEvent] = []
    look_once(home, TrainingPlan(resume=True), fail, heard.append)
    assert heard[-1].what == "failed"
    assert (str(error.args[0]) in heard[-1].why) == told, "Python's own words are for the log"


def test_a_watch_resumes_once_and_stops_when_it_is_asked_to(home: Path) -> None:
    heard: list[WatchEvent] = []
    stop = Stop()

    def hear(event: WatchEvent) -> None:
        heard.append(event)
        stop.asked = event.what == "waiting"

    watch(home, TrainingPlan(resume=True), timedelta(0), refused, stop=stop, hear=hear)
    assert [event.what for event in heard] == ["due", "refused", "waiting", "stopped"]


def test_a_retraining_is_cut_off_when_the_watch_is_asked_to_stop(home: Path) -> None:
    heard: list[WatchEvent] = []
    stop = Stop()

    def interrupted(workspace: Workspace, plan: TrainingPlan) -> Verdict:
        stop.ask()
        raise AssertionError("the call before this one raises")

    watch(home, TrainingPlan(resume=True), timedelta(hours=1), interrupted, stop=stop, hear=heard.append)
    assert [event.what for event in heard] == ["due", "stopped"]
